import type { Engine } from "../../../engine/connect.ts";
import type { ResourceKind } from "../serve.ts";
import { container } from "./container.ts";
import { image, network, volume } from "./surroundings.ts";

/** What this project declares on a Docker host, by type token. */
export const kinds: Readonly<Record<string, ResourceKind<Engine>>> = {
  "docker:index/container:Container": container,
  "docker:index/network:Network": network,
  "docker:index/remoteImage:RemoteImage": image,
  "docker:index/volume:Volume": volume,
};
