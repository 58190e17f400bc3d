import { parseDuration } from "../../config/duration.ts";

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  m: 1e-3,
  k: 1e3,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** A quantity of Kubernetes in bytes or cores; `undefined` where it is none. */
export function readQuantity(quantity: unknown): number | undefined {
  if (typeof quantity === "number") return quantity;
  if (typeof quantity !== "string") return undefined;
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(quantity) ?? [];
  const factor = UNITS[unit];
  return amount === undefined || factor === undefined ? undefined : Number(amount) * factor;
}

/** A duration of Prometheus, Istio or Argo, such as `1m30s`, in seconds; `undefined` where it is none. */
export function readSeconds(text: string | undefined): number | undefined {
  if (text === undefined || !/^(\d+(\.\d+)?(ms|s|m|h|d|w))+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/g)].reduce((sum, [, amount = "", unit = ""]) => {
    const hours = unit === "d" ? 24 : unit === "w" ? 168 : undefined;
    return sum + (hours === undefined ? (parseDuration(amount + unit) ?? 0) / 1_000 : Number(amount) * hours * 3_600);
  }, 0);
}

/** Bytes as a person says them. */
export function inMebibytes(bytes: number): string {
  return `${Math.round((bytes / 2 ** 20) * 10) / 10} MiB`;
}
