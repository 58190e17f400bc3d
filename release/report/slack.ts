import type { NewsKind } from "../../config/notify.ts";
import type { News } from "./news.ts";

const SIGNS: Readonly<Record<NewsKind, string>> = {
  approval: "‖",
  paused: "‖",
  resumed: "▲",
  promoted: "✔",
  guarded: "✔",
  refused: "✖",
  "rolled-back": "▼",
  "rollback-failed": "✖",
};

/** News as a message that Slack, Mattermost and others take. */
export function writeMessage({ detail, kind, title }: News): { readonly text: string } {
  return { text: `${SIGNS[kind]} *${escape(title)}*\n${escape(detail)}` };
}

/** The three characters that mean something to Slack. */
function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
