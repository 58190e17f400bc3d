import { InvalidArgumentError, type Command } from "commander";
import { LabError } from "./errors.ts";
import { noFaults, setFaultsOfSlot, type Faults } from "./faults.ts";

type Options = Partial<Faults> & {
  readonly namespace: string;
  readonly app: string;
  readonly slot: string;
  readonly off?: true;
};

/** Adds `lab faults`. */
export function addFaultsCommand(program: Command): void {
  program
    .command("faults")
    .description(
      "switch faults of the sample service in all pods of a slot; faults that are not named stay as they are",
    )
    .requiredOption("--slot <slot>", "blue or green")
    .option("--namespace <name>", "namespace of the pods", "checkout")
    .option("--app <name>", "name of the service", "checkout")
    .option("--off", "all faults off, but for those that are named")
    .option("--error-share <share>", "share of the requests answered with 500, 0 to 1", parseNumber)
    .option("--latency-ms <ms>", "how long a slow request waits", parseNumber)
    .option("--slow-share <share>", "share of the requests that are slow, 0 to 1", parseNumber)
    .option("--crash-after <requests>", "the process dies after so many; 0 is never", parseNumber)
    .option("--leak-mib-per-s <mib>", "heap lost each second; 0 gives it back", parseNumber)
    .action(async ({ namespace, app, slot, off, ...named }: Options) => {
      if (off !== true && Object.keys(named).length === 0) {
        throw new LabError("Name a fault to set, such as --error-share 0.2, or --off: `lab faults --help` lists them");
      }
      const addresses = await setFaultsOfSlot(namespace, app, slot, off === true ? { ...noFaults, ...named } : named);
      console.log(`set in ${addresses.length} pods: ${addresses.join(", ")}`);
    });
}

function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || Number.isNaN(value)) throw new InvalidArgumentError("It is not a number.");
  return value;
}
