import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import type { Container } from "dockerode";
import type { Engine } from "./connect.ts";

/** How a command ended, with all that it said. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in a running container, as the user that the container has, and waits for its end. */
export async function execIn(engine: Engine, container: Container, command: readonly string[]): Promise<Ended> {
  const exec = await container.exec({
    Cmd: [...command],
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await exec.start({ hijack: true, stdin: false });
  const { stderr, stdout } = await separate(engine, stream);
  const { ExitCode } = await exec.inspect();
  return { code: ExitCode ?? 1, stdout, stderr };
}

/** The engine sends both outputs in one stream. */
export async function separate(
  engine: Engine,
  stream: NodeJS.ReadableStream,
): Promise<Pick<Ended, "stdout" | "stderr">> {
  const [out, err] = [new PassThrough(), new PassThrough()];
  (
    engine.modem as { demuxStream: (all: NodeJS.ReadableStream, out: PassThrough, err: PassThrough) => void }
  ).demuxStream(stream, out, err);
  const end = () => {
    out.end();
    err.end();
  };
  stream.on("end", end).on("close", end).on("error", end);
  const [stdout, stderr] = await Promise.all([text(out), text(err)]);
  return { stdout, stderr };
}
