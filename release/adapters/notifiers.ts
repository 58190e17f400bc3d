import { appendFileSync } from "node:fs";
import type { DrivenConfig } from "../../config/schema.ts";
import type { Clock, Reporter } from "../ports.ts";
import { createGithubReporter } from "../report/github.ts";
import { createNewsReporter, type News } from "../report/news.ts";
import { writeMessage } from "../report/slack.ts";
import { alertsUrl, createAlerts } from "./alertmanager.ts";
import { createPostbox } from "./postbox.ts";

/** What the notifiers of a release work with. */
export interface NotifierContext {
  readonly config: Pick<DrivenConfig, "app" | "notify">;
  readonly stack: string;
  readonly clock: Clock;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Told once for each notifier that does not work. */
  readonly warn: (problem: string) => void;
}

/** Everybody who is told of a release by the stack's settings, and GitHub when it runs there. */
export function openNotifiers(context: NotifierContext): readonly Reporter[] {
  const { clock, config, stack, variables } = context;
  const tellers = [...openAlertmanager(context), ...openWebhook(context)];
  const room = { app: config.app.name, stack, pauseAfterMs: config.notify.pauseAfter, clock };
  const news =
    tellers.length === 0 ? [] : [createNewsReporter(room, (item) => tellers.forEach((teller) => teller(item)))];
  return [...news, ...openGithub(variables)];
}

type Teller = (news: News) => void;

function openAlertmanager({ clock, config, stack, warn }: NotifierContext): readonly Teller[] {
  const { alertmanager } = config.notify;
  if (alertmanager === undefined) return [];
  const url = alertsUrl(alertmanager);
  const send = createPostbox({ name: `Alertmanager at ${alertmanager.url}`, url, clock, warn, throughProxy: false });
  const write = createAlerts(alertmanager, config.app, stack);
  return [
    (news) => {
      const alerts = write(news);
      if (alerts.length > 0) send(alerts);
    },
  ];
}

function openWebhook({ clock, config, variables, warn }: NotifierContext): readonly Teller[] {
  const { webhook } = config.notify;
  if (webhook === undefined) return [];
  const url = variables[webhook.urlFrom];
  if (url === undefined || url === "") {
    warn(`the webhook is not told of this release: environment variable ${webhook.urlFrom} is not set`);
    return [];
  }
  const send = createPostbox({ name: `the webhook of ${webhook.urlFrom}`, url, clock, warn, throughProxy: true });
  return [
    (news) => {
      if (webhook.on.includes(news.kind)) send(writeMessage(news));
    },
  ];
}

/** Commands go to the error stream: the other may carry JSON, and the runner listens to both. */
function openGithub(variables: NotifierContext["variables"]): readonly Reporter[] {
  if (variables.GITHUB_ACTIONS !== "true") return [];
  const file = variables.GITHUB_STEP_SUMMARY;
  const append = (markdown: string) => {
    try {
      if (file !== undefined) appendFileSync(file, markdown);
    } catch {
      // A summary that cannot be written must not disturb a release; the annotations tell the same.
    }
  };
  return [createGithubReporter({ command: (line) => process.stderr.write(line), summary: append })];
}
