import { z } from "zod";
import { connectEngine, type Engine } from "../../../engine/connect.ts";
import { serveProvider, type Provider } from "../serve.ts";
import { dockerProviderVersion } from "../../docker/provider-version.ts";
import { kinds } from "./kinds.ts";

const configuration = z.object({ host: z.string().optional(), certPath: z.string().optional() });

/** Stands in for Pulumi's provider of Docker on machines that cannot have it: what this project declares, no more. */
const provider: Provider<Engine> = {
  name: "docker",
  version: dockerProviderVersion,
  connect(settings) {
    const { certPath, host } = configuration.parse(settings);
    return connectEngine({ host, tls: certPath });
  },
  kinds,
};

console.error("the lab's stand-in for Pulumi's provider of Docker, which could not be had here");
await serveProvider(provider);
