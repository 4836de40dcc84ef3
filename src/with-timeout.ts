/** The longest that a timer of Node waits; a longer one fires at once. */
const longestMs = 2 ** 31 - 1;

/**
 * Rejects with `late()` when the work is not done in time. The work itself goes on; its late end is ignored. The usual
 * library makes an error, with its stack, for each call that is in time: a tenth of what a delivery cost.
 */
export function withTimeout<T>(timeoutMs: number, work: Promise<T>, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), Math.min(timeoutMs, longestMs));
    work.then(
      (result) => {
        clearTimeout(timer);
        resolve(result);
      },
      (cause: unknown) => {
        clearTimeout(timer);
        reject(cause);
      },
    );
  });
}
