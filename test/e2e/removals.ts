import type { Service } from "../../lab/service.ts";

const removals: Promise<void>[] = [];

/** Removes a service while the next tests begin. */
export function removeMeanwhile(service: Service): void {
  const removal = service.remove();
  // Told at the end.
  removal.catch(() => undefined);
  removals.push(removal);
}

/** A run ends when all services are gone. */
export const mochaHooks = {
  async afterAll(): Promise<void> {
    await Promise.all(removals);
  },
};
