/** The part of Cephes (Moshier 1989) that is used here; the package declares no types for ECMAScript modules. */
declare module "cephes" {
  export const compiled: Promise<void>;
  /** ln of the beta function. */
  export function lbeta(a: number, b: number): number;
  /** The regularized incomplete beta function. */
  export function incbet(a: number, b: number, x: number): number;
  /** Its inverse by x. */
  export function incbi(a: number, b: number, y: number): number;
  /** The distribution function of the normal distribution. */
  export function ndtr(x: number): number;
  /** Its inverse. */
  export function ndtri(y: number): number;
}
