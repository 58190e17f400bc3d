import { z } from "zod";
import { duration } from "./duration.ts";
import { headerName, percent, share } from "./text.ts";

/** Raw counters are differenced series by series, so that a restart is seen: nothing may be computed before. */
const counter = z
  .string()
  .regex(
    /^(?:[a-zA-Z_:][a-zA-Z0-9_:]*\s*(?:\{[^{}]*\})?|\{[^{}]+\})$/,
    'select raw counters, without a function or range, for example checkout_users_total{job="shop"}',
  );

const groupsSchema = z
  .strictObject({
    label: z
      .string()
      .regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, "write the name of a Prometheus label")
      .default("slot")
      .describe("Label of the counters that tells the groups apart."),
    a: z.string().min(1).optional().describe("Its value for group A. Without it: the live slot."),
    b: z.string().min(1).optional().describe("Its value for group B. Without it: the candidate's slot."),
  })
  .prefault({});

const conversionSchema = z.strictObject({
  users: counter.describe("Counter of the users, each counted once."),
  conversions: counter.describe("Counter of those users who converted, each counted once."),
});

const valueSchema = z.strictObject({
  count: counter.describe("Counter of the users whose value is known, each counted once."),
  sum: counter.describe("Counter of the sum of their values, none of which may be negative."),
  sumOfSquares: counter.describe(
    "Counter of the sum of the squares of their values: without it nobody knows the spread.",
  ),
});

/** What an experiment measures, and by which rule it is decided: all of it fixed before it starts. */
const analysisSchema = z
  .strictObject({
    primary: z
      .enum(["conversion", "value"])
      .optional()
      .describe(
        "The measure that decides; the other one is shown and decides nothing. Without it: conversion where that is " +
          "measured, else value.",
      ),
    better: z.enum(["higher", "lower"]).default("higher").describe("Which way the deciding measure is better."),
    decide: z
      .enum(["anytime", "atEnd"])
      .default("anytime")
      .describe(
        "`anytime`: as soon as the anytime-valid result is clear, however often one looks. `atEnd`: once, by the classic " +
          "test, when start + duration has passed.",
      ),
    alpha: share.default(0.05).describe("A difference is found where there is none with at most this probability."),
    power: share.default(0.8).describe("How surely the minimal effect should be found."),
    minimumEffect: z
      .number()
      .positive()
      .max(1)
      .default(0.05)
      .describe("The smallest effect that matters, as a share of group A's level: 0.05 is 5 % of it."),
    tightestAt: z
      .int()
      .min(100)
      .default(10_000)
      .describe(
        "Users in both groups together at which the confidence sequence is narrowest; from a tenth to a thousand times as " +
          "many it is little wider.",
      ),
    groups: groupsSchema.describe("How the counters tell the groups apart."),
    conversion: conversionSchema.optional().describe("Share of the users who convert, by Prometheus counters."),
    value: valueSchema.optional().describe("Value of each user (revenue, time), by Prometheus counters."),
  })
  .prefault({});

/** Two versions, a fixed split of the users, and a question. */
export const experimentSchema = z
  .strictObject({
    kind: z.literal("experiment"),
    replicas: z.int().min(1).max(1_000).default(3).describe("Pods of group B; group A keeps those that it has."),
    percent: percent.min(1).max(99).default(50).describe("Share of the users in group B, by bucket."),
    start: z.iso
      .datetime({ offset: true, error: "write a moment with its offset from UTC: 2026-03-02T09:00:00Z" })
      .transform((text) => Date.parse(text))
      .optional()
      .describe("When the experiment began, as `2026-03-02T09:00:00Z`: `sluice analyze` counts from here."),
    duration: duration("336h").describe("How long the experiment runs."),
    assignment: z
      .discriminatedUnion("by", [
        z.strictObject({
          by: z.literal("bucket"),
          header: headerName.default("x-user-bucket").describe("Header with the user's bucket, `00` to `99`."),
        }),
        z.strictObject({
          by: z.literal("header"),
          header: headerName.default("ab-test-group").describe("Header that tells the group or the region."),
          values: z.array(z.string().min(1)).min(1).default(["b"]).describe("The values of group B."),
        }),
      ])
      .prefault({ by: "bucket" })
      .describe("What puts a user into a group; it never flips."),
    analysis: analysisSchema.describe("What is measured, and by which rule the experiment is decided."),
  })
  .superRefine(({ analysis, start }, ctx) => {
    const { conversion, decide, primary, value } = analysis;
    if (decide === "atEnd" && start === undefined) {
      ctx.addIssue({ code: "custom", path: ["start"], message: "is missing: analysis.decide atEnd counts from it" });
    }
    if (primary !== undefined && analysis[primary] === undefined && (conversion ?? value) !== undefined) {
      const message = `is not measured: declare analysis.${primary}`;
      ctx.addIssue({ code: "custom", path: ["analysis", "primary"], message, input: primary });
    }
  });

export type Experiment = z.infer<typeof experimentSchema>;
export type ExperimentAnalysis = Experiment["analysis"];
export type MeasureName = "conversion" | "value";
