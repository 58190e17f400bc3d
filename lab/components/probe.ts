import { request as requestTls } from "node:https";

/** Whether a plain HTTP address on this machine answers 200. */
export async function answersHttp(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
  await response.arrayBuffer();
  return response.status === 200;
}

/** Whether a local HTTPS address answers 200; its self-signed certificate is not looked at. */
export function answersHttps(url: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const request = requestTls(url, { rejectUnauthorized: false, timeout: 2000, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on("timeout", () => request.destroy(new Error("timeout")));
    request.on("error", reject);
    request.end();
  });
}
