import { z } from "zod";
import { duration } from "./duration.ts";
import { environmentName } from "./environment.ts";

/** What may be told to people who do not watch a release. */
export const NEWS = [
  "approval",
  "paused",
  "resumed",
  "promoted",
  "guarded",
  "refused",
  "rolled-back",
  "rollback-failed",
] as const;

export type NewsKind = (typeof NEWS)[number];

/** Who is told of a release. Telling never holds a release up, and never fails it. */
export const notifySchema = z
  .strictObject({
    alertmanager: z
      .strictObject({
        url: z.url({ protocol: /^https?$/ }).describe("Base URL of the Alertmanager."),
        labels: z
          .record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/), z.string().min(1))
          .default({})
          .describe("Labels of the alerts beside `alertname`, `severity`, `app`, `namespace` and `stack`."),
        keepFor: duration("1h").describe(
          "How long the alert of a rollback stands, unless a release succeeds before. That of a failed rollback stands " +
            "for a day.",
        ),
      })
      .optional()
      .describe("Alerts on rollbacks, failed rollbacks and long pauses."),
    webhook: z
      .strictObject({
        urlFrom: environmentName.describe("Environment variable of the release program that holds the URL, a secret."),
        on: z
          .array(z.enum(NEWS))
          .min(1)
          .default([...NEWS])
          .describe("What is told."),
      })
      .optional()
      .describe("Messages as Slack takes them (`text`), and Mattermost and others with it."),
    pauseAfter: duration("2m").describe("How long a pause must last to be told."),
  })
  .prefault({});

export type Notify = z.infer<typeof notifySchema>;
