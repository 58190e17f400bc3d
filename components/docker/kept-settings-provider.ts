import { fillVolume } from "../../engine/beside.ts";
import { connectEngine } from "../../engine/connect.ts";
import type { KeptSettingsInputs } from "./kept-settings.ts";
import type { LocalProvider } from "../../engine/local-provider.ts";

/** Keeps what it is given, and puts files where containers find them: each variable of the settings is one too. */
export const provider: LocalProvider<KeptSettingsInputs> = {
  diff: () => Promise.resolve({ changes: false }),
  async create(outs) {
    const { docker, env, files, image, volume } = outs;
    await fillVolume(connectEngine(docker), { volume, image, directory: "/settings" }, { ...env, ...files });
    return { id: volume, outs };
  },
  update: (_id, olds) => Promise.resolve({ outs: olds }),
};
