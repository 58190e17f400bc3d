const removals: Promise<void>[] = [];

/** Removes a service while the next tests begin; one that was never deployed is no second failure. */
export function removeMeanwhile(service: { remove(): Promise<void> } | undefined): void {
  if (service === undefined) return;
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
