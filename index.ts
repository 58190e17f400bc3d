import * as k8s from "@pulumi/kubernetes";
import { Release } from "./components/release.ts";
import { loadStackConfig } from "./config/load.ts";

const { app, release: state, router, workload } = loadStackConfig();

const provider = new k8s.Provider("cluster", { enableServerSideApply: true });

const namespace = new k8s.core.v1.Namespace("namespace", { metadata: { name: app.namespace } }, { provider });

const release = new Release(app.name, { app, workload, router, state }, { provider, dependsOn: namespace });

/** How the release program takes traffic back; see `config/outputs.ts`. */
export const routing = release.routing;
