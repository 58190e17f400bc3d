import type { App } from "../../config/app.ts";
import type { Notify } from "../../config/notify.ts";
import type { News } from "../report/news.ts";

/** A rollback that failed needs a person, who may come late. */
const FAILED_KEEP_MS = 24 * 3_600_000;

const ALERTS = {
  paused: { alertname: "ReleasePaused", severity: "warning" },
  rolledBack: { alertname: "ReleaseRolledBack", severity: "warning" },
  rollbackFailed: { alertname: "ReleaseRollbackFailed", severity: "critical" },
} as const;

type Settings = NonNullable<Notify["alertmanager"]>;

/** Where an Alertmanager takes alerts (API v2). */
export function alertsUrl({ url }: Settings): string {
  return new URL("api/v2/alerts", url.endsWith("/") ? url : `${url}/`).href;
}

/**
 * Puts news into alerts. A rollback's own ends by itself after `keepFor`: one that ended with the release would be over
 * before an Alertmanager, which waits to group alerts, had told anybody. A later release that succeeds ends them.
 */
export function createAlerts({ keepFor, labels }: Settings, { name, namespace }: App, stack: string) {
  const alert = (kind: keyof typeof ALERTS, { at, detail, title }: News, endsAt: number) => ({
    labels: { ...labels, ...ALERTS[kind], app: name, namespace, stack },
    annotations: { summary: title, description: detail },
    startsAt: new Date(Math.min(at, endsAt)).toISOString(),
    endsAt: new Date(endsAt).toISOString(),
  });
  return (news: News): readonly ReturnType<typeof alert>[] => {
    const { at } = news;
    switch (news.kind) {
      case "paused":
        return [alert("paused", news, at + keepFor)];
      case "resumed":
        return [alert("paused", news, at)];
      case "rolled-back":
        return [alert("rolledBack", news, at + keepFor), alert("rollbackFailed", news, at)];
      case "rollback-failed":
        return [alert("rollbackFailed", news, at + FAILED_KEEP_MS)];
      case "promoted":
        return [alert("rolledBack", news, at), alert("rollbackFailed", news, at)];
      case "approval":
      case "guarded":
      case "refused":
        return [];
    }
  };
}
