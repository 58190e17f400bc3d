import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { App } from "../../config/app.ts";
import { serviceNames } from "../../config/names.ts";
import type { SelectorRouter } from "../../config/router.ts";
import { selectApp } from "../internal/labels.ts";

export interface ArgoServicesArgs {
  readonly app: App;
  /** Type of the Service of the live version. */
  readonly liveType: SelectorRouter["serviceType"];
}

/**
 * The two Services that Argo points at versions: the live one and the new one. They are declared without a selector:
 * that is one atomic field, and Argo writes it. Were it declared here too, every later change of a Service would fail
 * with a conflict, or take all pods of both versions into both Services.
 */
export class ArgoServices extends pulumi.ComponentResource {
  static readonly __pulumiType = "sluice:index:ArgoServices";

  constructor(name: string, { app, liveType }: ArgoServicesArgs, opts: pulumi.ComponentResourceOptions) {
    super(ArgoServices.__pulumiType, name, {}, opts);
    const declare = (role: string, service: string, type: SelectorRouter["serviceType"]) =>
      new k8s.core.v1.Service(
        `${name}-${role}`,
        {
          metadata: {
            name: service,
            namespace: app.namespace,
            labels: selectApp(app),
            // It has no endpoint before Argo gives it a selector.
            annotations: { "pulumi.com/skipAwait": "true" },
          },
          spec: { type, ports: [{ name: "http", port: app.port, targetPort: app.port }] },
        },
        { parent: this },
      );
    declare("live", serviceNames.live(app), liveType);
    declare("preview", serviceNames.preview(app), "ClusterIP");
    this.registerOutputs({});
  }
}
