import { isDeepStrictEqual } from "node:util";
import { KubeConfig, type RequestContext } from "@kubernetes/client-node";

type DispatcherOptions = ReturnType<KubeConfig["createDispatcherOptions"]>;
type Dispatcher = NonNullable<ReturnType<RequestContext["getDispatcher"]>>;

/** The cluster that `KUBECONFIG` (or the in-cluster account) names. */
export function loadKubeConfig(): KubeConfig {
  const config = new SharingConfig();
  config.loadFromDefault();
  return config;
}

/**
 * Its requests share connections. By itself the client opens one for each request, and a TLS handshake costs more time and
 * processor than most of what releases ask for.
 */
class SharingConfig extends KubeConfig {
  #options: DispatcherOptions | undefined;
  #shared: { readonly options: DispatcherOptions; readonly dispatcher: Dispatcher } | undefined;

  override createDispatcherOptions(...given: Parameters<KubeConfig["createDispatcherOptions"]>): DispatcherOptions {
    this.#options = super.createDispatcherOptions(...given);
    return this.#options;
  }

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    await super.applySecurityAuthentication(context);
    const [dispatcher, options] = [context.getDispatcher(), this.#options];
    if (dispatcher === undefined || options === undefined) return;
    // Other credentials, where they have been renewed meanwhile, are other connections.
    if (this.#shared === undefined || !isDeepStrictEqual(this.#shared.options, options))
      this.#shared = { options, dispatcher };
    context.setDispatcher(this.#shared.dispatcher);
  }
}
