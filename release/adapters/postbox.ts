import axios from "axios";
import { messageOf } from "../errors.ts";
import type { Clock } from "../ports.ts";

const TIMEOUT_MS = 5_000;
const TRIES = 3;
const RETRY_MS = 1_000;

/** Where messages go, and who hears that one could not be delivered. */
export interface Postbox {
  /** What is there, for the warning; never the URL, which may be a secret. */
  readonly name: string;
  readonly url: string;
  readonly clock: Clock;
  /** Called once: who is out of reach for one message mostly is for the next. */
  readonly warn: (problem: string) => void;
  /** Whether proxies of the environment are to be used. */
  readonly throughProxy: boolean;
}

/** Sends JSON one after the other, each a few times and for a few seconds. Returns at once and never throws. */
export function createPostbox({ clock, name, throughProxy, url, warn }: Postbox): (body: unknown) => void {
  let last: Promise<void> = Promise.resolve();
  let warned = false;
  const deliver = async (body: unknown): Promise<void> => {
    for (let tries = 1; ; tries += 1) {
      try {
        const signal = AbortSignal.timeout(TIMEOUT_MS);
        await axios.post(url, body, { signal, maxRedirects: 0, ...(throughProxy ? {} : { proxy: false }) });
        return;
      } catch (error) {
        if (tries < TRIES) {
          await clock.sleep(RETRY_MS);
          continue;
        }
        if (!warned) warn(`${name} cannot be told of this release: ${describe(error)}`);
        warned = true;
        return;
      }
    }
  };
  return (body) => {
    last = last.then(() => deliver(body));
  };
}

function describe(error: unknown): string {
  if (axios.isCancel(error)) return `no answer within ${TIMEOUT_MS / 1_000} s`;
  if (axios.isAxiosError(error) && error.message === "") return error.code ?? "no answer";
  return messageOf(error);
}
