import { join } from "node:path";
import type { LabContext } from "../context.ts";
import { ports, urls } from "../settings.ts";
import type { Component } from "./component.ts";
import { answersHttp } from "./probe.ts";

const scrapeInterval = "2s";

/** Prometheus: scrapes Envoy and the pods, evaluates the cluster's rules. */
export function prometheus({ paths, toolbox }: LabContext): Component {
  const configFile = join(paths.config, "prometheus.json");
  const config = {
    global: { scrape_interval: scrapeInterval, scrape_timeout: "1500ms", evaluation_interval: scrapeInterval },
    rule_files: [join(paths.rules, "*.json")],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${ports.alertmanager}`] }] }] },
    scrape_configs: [
      {
        job_name: "envoy",
        metrics_path: "/stats/prometheus",
        static_configs: [{ targets: [`127.0.0.1:${ports.envoyAdmin}`] }],
      },
      podScrape(paths.kubeconfig),
      // What runs beside the cluster, above all the containers of the Docker engine.
      { job_name: "files", file_sd_configs: [{ files: [join(paths.targets, "*.json")], refresh_interval: "2s" }] },
    ],
  };
  return {
    program: {
      name: "prometheus",
      command: [
        toolbox.command("prometheus"),
        `--config.file=${configFile}`,
        `--storage.tsdb.path=${join(paths.data, "prometheus")}`,
        "--storage.tsdb.retention.time=12h",
        `--web.listen-address=127.0.0.1:${ports.prometheus}`,
        `--web.external-url=${urls.prometheus}`,
        "--web.enable-lifecycle",
        "--log.level=warn",
      ],
      configFiles: { [configFile]: JSON.stringify(config, undefined, 2) },
    },
    after: ["kube-apiserver"],
    isReady: () => answersHttp(`${urls.prometheus}/-/ready`),
    readyWithinS: 30,
  };
}

/** Running pods that ask for it by the annotations `prometheus.io/scrape`, `/port` and `/path`. */
function podScrape(kubeconfig: string) {
  const annotation = (name: string) => `__meta_kubernetes_pod_annotation_prometheus_io_${name}`;
  const copy = (from: string, to: string) => ({ source_labels: [from], target_label: to });
  return {
    job_name: "pods",
    fallback_scrape_protocol: "PrometheusText0.0.4", // for pods that do not name their format
    kubernetes_sd_configs: [{ role: "pod", kubeconfig_file: kubeconfig }],
    relabel_configs: [
      { source_labels: [annotation("scrape")], regex: "true", action: "keep" },
      { source_labels: ["__meta_kubernetes_pod_phase"], regex: "Running", action: "keep" },
      { source_labels: [annotation("path")], regex: "(.+)", target_label: "__metrics_path__" },
      {
        source_labels: ["__meta_kubernetes_pod_ip", annotation("port")],
        regex: "(.+);(\\d+)",
        target_label: "__address__",
        replacement: "$1:$2",
      },
      copy("__meta_kubernetes_namespace", "namespace"),
      copy("__meta_kubernetes_pod_name", "pod"),
      copy("__meta_kubernetes_pod_label_app_kubernetes_io_name", "app"),
      copy("__meta_kubernetes_pod_label_app_kubernetes_io_version", "version"),
      copy("__meta_kubernetes_pod_label_sluice_dev_slot", "slot"),
    ],
  };
}

/** Alertmanager; its alerts are read from its API, nobody is notified. */
export function alertmanager({ paths, toolbox }: LabContext): Component {
  const configFile = join(paths.config, "alertmanager.json");
  const config = {
    route: { receiver: "nobody", group_wait: "1s", group_interval: "5s" },
    receivers: [{ name: "nobody" }],
  };
  return {
    program: {
      name: "alertmanager",
      command: [
        ...showTemplates(toolbox.directory("alertmanager")),
        toolbox.command("alertmanager"),
        `--config.file=${configFile}`,
        `--storage.path=${join(paths.data, "alertmanager")}`,
        `--web.listen-address=127.0.0.1:${ports.alertmanager}`,
        "--cluster.listen-address=",
        "--log.level=warn",
      ],
      configFiles: { [configFile]: JSON.stringify(config, undefined, 2) },
    },
    after: [],
    isReady: () => answersHttp(`${urls.alertmanager}/-/ready`),
    readyWithinS: 30,
  };
}

/**
 * Debian's build reads its templates from a fixed place below /usr/share, where the lab installs nothing. So it gets a
 * view of the file system of its own, in which the unpacked package lies over /usr/share. It ends with the process.
 */
function showTemplates(directory: string): string[] {
  const script =
    'if [ -d "$0/share" ]; then mount -t overlay lab -o lowerdir="$0/share:/usr/share" /usr/share; fi; exec "$@"';
  return ["/usr/bin/env", "unshare", "--mount", "--propagation", "private", "sh", "-ec", script, directory];
}
