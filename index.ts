import * as k8s from "@pulumi/kubernetes";
import { declareService } from "./components/declare-service.ts";
import { loadStackConfig } from "./config/load.ts";

const stack = loadStackConfig();

const provider = new k8s.Provider("cluster", { enableServerSideApply: true });

const namespace = new k8s.core.v1.Namespace("namespace", { metadata: { name: stack.app.namespace } }, { provider });

const service = declareService(stack, { provider, dependsOn: namespace });

/** How the release program takes traffic back; see `config/outputs.ts`. */
export const routing = service.routing;
