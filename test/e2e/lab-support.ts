import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { labEnvironment } from "../../lab/environment.ts";
import { run } from "../../lab/run.ts";
import { cluster, urls } from "../../lab/settings.ts";
import type { LabStatus } from "../../lab/status.ts";

const cli = fileURLToPath(new URL("../../lab/cli.ts", import.meta.url));

/** Runs the lab's command line as a user does. */
export async function lab(...args: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const result = await execa(process.execPath, [cli, ...args], { reject: false, stdin: "ignore" });
  return { exitCode: result.exitCode ?? -1, stdout: result.stdout, stderr: result.stderr };
}

/** What `lab status --json` says. */
export async function labStatus(): Promise<LabStatus> {
  return JSON.parse((await lab("status", "--json")).stdout) as LabStatus;
}

/** The processes of all components by name. */
export function pidsOf(status: LabStatus): Record<string, number | null> {
  return Object.fromEntries(status.components.map(({ name, pid }) => [name, pid]));
}

/** kubectl on the lab's cluster. */
export function kubectl(args: readonly string[], input?: object): Promise<string> {
  return run("kubectl", args, { env: labEnvironment(), ...(input && { input: JSON.stringify(input) }) });
}

/** One answer of the lab's Prometheus, `/api/v1/...`; throws unless it is a success. */
export async function askPrometheus<T>(path: string): Promise<T> {
  const response = await fetch(`${urls.prometheus}/api/v1/${path}`);
  const answer = (await response.json()) as { status: string; data: T };
  if (answer.status !== "success") throw new Error(JSON.stringify(answer));
  return answer.data;
}

/** A pod that serves a metric, made of the only program that every lab has. */
export function metricsPod(namespace: string, name: string): object {
  const script =
    "mkdir -p /www && echo 'sluice_test_total 5' > /www/metrics && exec /bin/busybox httpd -f -p 8000 -h /www";
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace,
      labels: { "app.kubernetes.io/name": "web", "app.kubernetes.io/version": "v1", "sluice.dev/slot": "blue" },
      annotations: { "prometheus.io/scrape": "true", "prometheus.io/port": "8000", "prometheus.io/path": "/metrics" },
    },
    spec: {
      enableServiceLinks: false,
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: "web",
          image: cluster.sandboxImage,
          imagePullPolicy: "Never",
          command: ["/bin/busybox", "sh", "-c", script.replace("mkdir", "/bin/busybox mkdir")],
          readinessProbe: { httpGet: { path: "/metrics", port: 8000 }, periodSeconds: 1 },
        },
      ],
    },
  };
}
