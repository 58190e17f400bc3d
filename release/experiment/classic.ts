import type { Interval } from "./confidence-sequence.ts";
import { criticalNormal, criticalT, normalTails, tTails } from "./distributions.ts";
import { standardError, type Conversions, type Groups, type Moments } from "./moments.ts";

/** A test that may be looked at once, at a moment fixed before. */
export interface ClassicTest {
  readonly test: "two-proportion z" | "Welch t";
  readonly statistic: number;
  readonly degreesOfFreedom?: number;
  /** Two-sided. */
  readonly p: number;
  /** Of B − A. */
  readonly interval: Interval;
}

/** How large an effect is, whatever its unit. */
export interface EffectSize extends Interval {
  readonly name: "Cohen's h" | "Hedges' g";
  readonly value: number;
}

/** z-test with pooled variance; interval of Newcombe (Statistics in Medicine 17, 1998), method 10, of Wilson's scores. */
export function testProportions({ a, b }: Groups<Conversions>, alpha: number): ClassicTest {
  const pooled = (a.conversions + b.conversions) / (a.users + b.users);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / a.users + 1 / b.users));
  const [shareA, shareB] = [a.conversions / a.users, b.conversions / b.users];
  const difference = shareB - shareA;
  const z = difference / error;
  const [ofA, ofB] = [wilson(a, alpha), wilson(b, alpha)];
  return {
    test: "two-proportion z",
    statistic: z,
    p: normalTails(z),
    interval: {
      low: difference - Math.hypot(shareB - ofB.low, ofA.high - shareA),
      high: difference + Math.hypot(ofB.high - shareB, shareA - ofA.low),
    },
  };
}

function wilson({ conversions, users }: Conversions, alpha: number): Interval {
  const z = criticalNormal(alpha);
  const share = conversions / users;
  const middle = (share + (z * z) / (2 * users)) / (1 + (z * z) / users);
  const half = (z / (1 + (z * z) / users)) * Math.sqrt((share * (1 - share)) / users + (z * z) / (4 * users * users));
  return { low: middle - half, high: middle + half };
}

/** Welch's t-test (Biometrika 34, 1947): the groups may differ in size and in spread. */
export function testMeans(groups: Groups<Moments>, alpha: number): ClassicTest {
  const { a, b } = groups;
  const error = standardError(groups);
  const difference = b.mean - a.mean;
  const [ofA, ofB] = [a.variance / a.users, b.variance / b.users];
  const degreesOfFreedom = (ofA + ofB) ** 2 / (ofA ** 2 / (a.users - 1) + ofB ** 2 / (b.users - 1));
  const half = criticalT(alpha, degreesOfFreedom) * error;
  return {
    test: "Welch t",
    statistic: difference / error,
    degreesOfFreedom,
    p: tTails(difference / error, degreesOfFreedom),
    interval: { low: difference - half, high: difference + half },
  };
}

/** Difference of the shares after the transformation that makes their variance 1/n (Cohen 1988). */
export function cohensH({ a, b }: Groups<Conversions>, alpha: number): EffectSize {
  const angle = ({ conversions, users }: Conversions) => 2 * Math.asin(Math.sqrt(conversions / users));
  const value = angle(b) - angle(a);
  const half = criticalNormal(alpha) * Math.sqrt(1 / a.users + 1 / b.users);
  return { name: "Cohen's h", value, low: value - half, high: value + half };
}

/** Difference of the means in standard deviations, without the bias of small groups (Hedges and Olkin 1985). */
export function hedgesG({ a, b }: Groups<Moments>, alpha: number): EffectSize {
  const df = a.users + b.users - 2;
  const deviation = Math.sqrt(((a.users - 1) * a.variance + (b.users - 1) * b.variance) / df);
  const value = ((b.mean - a.mean) / deviation) * (1 - 3 / (4 * df - 1));
  const error = Math.sqrt(1 / a.users + 1 / b.users + value ** 2 / (2 * (a.users + b.users)));
  const half = criticalNormal(alpha) * error;
  return { name: "Hedges' g", value, low: value - half, high: value + half };
}
