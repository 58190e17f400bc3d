/**
 * Ends a call in time, and puts what failed into one message.
 *
 * @param what begins the message
 * @param describe the other side's own words, without its client's frame around them
 */
export async function endInTime<T>(
  what: string,
  call: Promise<T>,
  withinMs: number,
  describe: (error: unknown) => string,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${withinMs / 1_000} s`));
    }, withinMs);
  });
  try {
    return await Promise.race([call, late]);
  } catch (error) {
    throw new Error(`${what}: ${describe(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
