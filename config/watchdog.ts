import { z } from "zod";
import { imageReference } from "./release-state.ts";
import { dnsLabel, port } from "./text.ts";

export const watchdogSchema = z
  .strictObject({
    image: imageReference.describe("Image of the release program, built from `release/Dockerfile`."),
    alerts: z
      .strictObject({
        tokenSecret: dnsLabel.describe(
          "Secret in the service's namespace whose key `token` (16 characters at least) Alertmanager sends as bearer token.",
        ),
        port: port.default(8090).describe("Port of the Service `<app>-watchdog` for `POST /alerts`."),
      })
      .optional()
      .describe("Whether critical alerts of Alertmanager take the traffic off a version under release."),
    apiServer: z
      .string()
      .regex(/^[^:/]+:\d+$/, "write it as host:port")
      .optional()
      .describe("Address of the API server, where pods cannot reach it by its Service."),
  })
  .optional();

export type Watchdog = NonNullable<z.infer<typeof watchdogSchema>>;
