// The part of k6's own modules that the script uses; k6 brings the modules, not types.

declare module "k6/http" {
  interface Response {
    /** 0 where no answer came. */
    readonly status: number;
    readonly error: string;
    readonly headers: Readonly<Record<string, string>>;
    /** Milliseconds; `duration` is sending + waiting + receiving. */
    readonly timings: {
      readonly blocked: number;
      readonly connecting: number;
      readonly duration: number;
    };
  }
  interface Params {
    readonly headers: Readonly<Record<string, string>>;
    readonly timeout: string;
  }
  const http: {
    get(url: string, params: Params): Response;
    setResponseCallback(callback: null): void;
  };
  export default http;
}
