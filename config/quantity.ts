import { z } from "zod";

const MEMORY_UNITS = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, K: 1e3, M: 1e6, G: 1e9 } as const;

/** Parses a Kubernetes memory quantity such as `"512Mi"` to bytes. */
export function parseMemory(quantity: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(Ki|Mi|Gi|K|M|G)?$/.exec(quantity) ?? [];
  if (amount === undefined) throw new RangeError(`not a memory quantity: ${quantity}`);
  return Number(amount) * (unit === undefined ? 1 : MEMORY_UNITS[unit as keyof typeof MEMORY_UNITS]);
}

/** Parses a Kubernetes CPU quantity such as `"500m"` or `"2"` to cores. */
export function parseCpu(quantity: string): number {
  return quantity.endsWith("m") ? Number(quantity.slice(0, -1)) / 1_000 : Number(quantity);
}

/** What is no quantity ends the checks: those that follow would compute with it. */
export const memoryQuantity = z
  .string()
  .regex(/^\d+(\.\d+)?(Ki|Mi|Gi|K|M|G)?$/, { abort: true, error: 'write memory as "512Mi" or "1Gi"' })
  .meta({ title: "memory" });

/** A memory quantity in a range, and of whole KiB: the unit in which it is passed on. */
export function memoryBetween(least: string, most: string) {
  return memoryQuantity
    .refine((quantity) => parseMemory(quantity) >= parseMemory(least) && parseMemory(quantity) <= parseMemory(most), {
      error: `must be from ${least} to ${most}`,
    })
    .refine((quantity) => parseMemory(quantity) % 1_024 === 0, { error: "must be a multiple of 1Ki" });
}

export const cpuQuantity = z
  .string()
  .regex(/^(\d+m|\d+(\.\d+)?)$/, { abort: true, error: 'write CPU as "500m" or "2"' })
  .meta({ title: "CPU" });
