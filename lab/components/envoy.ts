import { join } from "node:path";
import type { LabContext } from "../context.ts";
import { cluster, ports, urls } from "../settings.ts";
import type { Component } from "./component.ts";
import { answersHttp } from "./probe.ts";

/** The ingress gateway: the cluster's only entrance, configured by istiod. */
export function envoy({ paths, toolbox }: LabContext): Component {
  const configFile = join(paths.config, "envoy.json");
  return {
    program: {
      name: "envoy",
      command: [
        toolbox.command("envoy"),
        "--config-path",
        configFile,
        "--disable-hot-restart",
        "--concurrency",
        "2",
        "--log-level",
        "warning",
      ],
      configFiles: { [configFile]: JSON.stringify(bootstrap(), undefined, 2) },
    },
    after: ["istiod"],
    isReady: async () => (await answersHttp(`${urls.envoyAdmin}/ready`)) && (await hasIngressListener()),
    readyWithinS: 60,
  };
}

async function hasIngressListener(): Promise<boolean> {
  const response = await fetch(`${urls.envoyAdmin}/listeners?format=text`, { signal: AbortSignal.timeout(2000) });
  return (await response.text()).includes(`127.0.0.1:${ports.ingress}`);
}

function bootstrap() {
  const node = {
    id: `router~127.0.0.1~ingress.${cluster.meshNamespace}~${cluster.meshNamespace}.svc.cluster.local`,
    cluster: `ingress.${cluster.meshNamespace}`,
    metadata: {
      LABELS: { istio: "ingress" },
      NAMESPACE: cluster.meshNamespace,
      CLUSTER_ID: "Kubernetes",
      ISTIO_VERSION: "1.31.0",
    },
  };
  const address = (port: number) => ({ socket_address: { address: "127.0.0.1", port_value: port } });
  const fromIstiod = { ads: {}, resource_api_version: "V3" };
  return {
    node,
    admin: { address: address(ports.envoyAdmin) },
    // istiod ends alternative stat names in ";": with this tag a metric's cluster is a label, not part of its name.
    stats_config: {
      use_all_default_tags: true,
      stats_tags: [{ tag_name: "cluster_name", regex: "^cluster\\.((.+?);\\.)" }],
    },
    // Only then does Envoy add times to its histograms: with its 5 s two of three scrapes would find none.
    stats_flush_interval: "1s",
    // Istio's own Envoy starts with it; upstream's limit of 100 refuses the regular expressions of cookies.
    layered_runtime: {
      layers: [{ name: "static", static_layer: { "re2.max_program_size.error_level": 32_768 } }],
    },
    dynamic_resources: {
      ads_config: {
        api_type: "DELTA_GRPC",
        transport_api_version: "V3",
        grpc_services: [{ envoy_grpc: { cluster_name: "istiod" } }],
      },
      cds_config: fromIstiod,
      lds_config: fromIstiod,
    },
    static_resources: {
      clusters: [
        {
          name: "istiod",
          type: "STATIC",
          connect_timeout: "1s",
          typed_extension_protocol_options: {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
              "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
              explicit_http_config: { http2_protocol_options: {} },
            },
          },
          load_assignment: {
            cluster_name: "istiod",
            endpoints: [{ lb_endpoints: [{ endpoint: { address: address(ports.istiodGrpc) } }] }],
          },
        },
      ],
    },
  };
}
