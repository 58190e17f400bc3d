import { readFile } from "node:fs/promises";
import { messageOf, UserError } from "../errors.ts";
import { thresholdsOf } from "../gate/gate.ts";
import { lookAt, renderLooks } from "../gate-looks.ts";
import { readGateInput, type WrittenSettings } from "../gate-samples.ts";

export interface GateOptions extends WrittenSettings {
  readonly samples: string;
  readonly json?: true;
}

/**
 * Computes the gate over the samples of a file, and writes what it says of each.
 *
 * @throws UserError that lists everything that is wrong with the file and the options
 */
export async function computeGate({ json, samples, ...written }: GateOptions): Promise<string> {
  const input = readGateInput(await readJson(samples), written);
  const looks = lookAt(input);
  if (json !== true) return renderLooks(input, looks);
  const { dispersion, falseAlarm, ignoreBelow, limit, onset, tolerate } = input.parameters;
  const parameters = { falseAlarm, limit, tolerate, ignoreBelow, dispersion, onset };
  return JSON.stringify({ parameters, thresholds: thresholdsOf(input.parameters), looks });
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as unknown;
  } catch (error) {
    throw new UserError(`${file} cannot be read as JSON: ${messageOf(error)}`);
  }
}

/** `sluice gate` */
export async function runGate(options: GateOptions): Promise<void> {
  console.log(await computeGate(options));
}
