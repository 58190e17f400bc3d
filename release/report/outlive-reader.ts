/**
 * Lets writing go on when nobody reads any more. A pager that is quit closes the pipe, and the write error would
 * otherwise end the process: in the middle of a release.
 */
export function outliveReader(stream: NodeJS.WritableStream): void {
  stream.on("error", () => undefined);
}
