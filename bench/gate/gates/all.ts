import { argoLike } from "./argo-like.ts";
import { flaggerLike } from "./flagger-like.ts";
import { kayentaLike } from "./kayenta-like.ts";
import { naiveWindow } from "./naive-window.ts";
import type { Gate } from "./outcome.ts";
import { sluice } from "./sluice.ts";

/** The gate of this project. */
export const OURS = "sluice";

/** The gates that are compared, by name. */
export const GATES: Readonly<Record<string, Gate>> = {
  [OURS]: sluice,
  "naive-window": naiveWindow,
  "argo-like": argoLike,
  "flagger-like": flaggerLike,
  "kayenta-like": kayentaLike(3_600),
  "kayenta-like-5m": kayentaLike(300),
};
