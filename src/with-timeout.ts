import pTimeout from 'p-timeout';

/** The longest that a timer of Node waits; a longer one fires at once. */
const longestMs = 2 ** 31 - 1;

/** Rejects with `late()` when the work is not done in time. The work itself goes on; its late end is ignored. */
export function withTimeout<T>(timeoutMs: number, work: Promise<T>, late: () => Error): Promise<T> {
  const milliseconds = Math.min(timeoutMs, longestMs);
  return pTimeout(work, {
    milliseconds,
    fallback() {
      throw late();
    },
  });
}
