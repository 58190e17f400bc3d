import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { App } from "../config/app.ts";
import { SERIAL_ANNOTATION } from "../config/limits.ts";
import type { Guard } from "./routers/router.ts";

export interface SerialPolicyArgs {
  readonly app: App;
  readonly guard: Guard;
}

const serialOf = (object: string): string =>
  `(has(${object}.metadata.annotations) && '${SERIAL_ANNOTATION}' in ${object}.metadata.annotations ` +
  `? int(${object}.metadata.annotations['${SERIAL_ANNOTATION}']) : 0)`;

/**
 * Lets the API server refuse a change of the routing by somebody who does not know the present one: a `pulumi up` from an
 * old checkout, a runner that was cut off. Such a write carries an old serial; already its preview fails, because the
 * provider previews by a dry run on the server.
 */
export function declareSerialPolicy(
  name: string,
  { app, guard }: SerialPolicyArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const metadata = { name: `sluice-serial.${app.namespace}.${app.name}` };
  const policy = new k8s.admissionregistration.v1.ValidatingAdmissionPolicy(
    `${name}-policy`,
    {
      metadata,
      spec: {
        failurePolicy: "Fail",
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: [guard.apiGroup],
              apiVersions: ["*"],
              resources: [guard.resource],
              resourceNames: [...guard.names],
              operations: ["UPDATE"],
            },
          ],
        },
        variables: [
          { name: "old", expression: serialOf("oldObject") },
          { name: "new", expression: serialOf("object") },
        ],
        validations: [
          {
            expression: `variables.new > variables.old || (variables.new == variables.old && ${guard.unchanged})`,
            messageExpression:
              `'the routing of ${app.namespace}/${app.name} is at serial ' + string(variables.old) + ', this write knows serial ' ` +
              "+ string(variables.new) + ': run \"sluice sync\" to bring the stack file up to date (a change of the routing made by hand raises release.serial by 1)'",
            reason: "Invalid",
          },
        ],
      },
    },
    opts,
  );
  const binding = new k8s.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
    `${name}-binding`,
    {
      metadata,
      spec: {
        policyName: policy.metadata.name,
        validationActions: ["Deny"],
        matchResources: {
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": app.namespace } },
        },
      },
    },
    opts,
  );
  return [policy, binding];
}
