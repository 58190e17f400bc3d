/** What the edges are told, by the programs of the lab's images. */
import { labEnvironment } from "../../../lab/environment.ts";

Object.assign(process.env, labEnvironment());
await import("../../config/edge/nginx.test.ts");
await import("../../config/edge/traefik.test.ts");
