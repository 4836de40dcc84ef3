export interface Repeating {
  /** Nothing begins any more; resolves when what runs now has ended. */
  stop(): Promise<void>;
}

/**
 * Does the work at once, and again `delayMs` after it ended, until it is stopped; the work may name another delay by
 * returning it. What it throws goes to `onError`, and it is done again `afterErrorMs` later.
 */
export function every(
  delayMs: number,
  work: (signal: AbortSignal) => Promise<number | void>,
  onError: (error: unknown) => void,
  afterErrorMs: number = delayMs,
): Repeating {
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const once = async (): Promise<void> => {
    let nextMs = delayMs;
    try {
      nextMs = (await work(stopping.signal)) ?? delayMs;
    } catch (error) {
      nextMs = afterErrorMs;
      onError(error);
    }
    if (!stopping.signal.aborted) timer = setTimeout(run, nextMs);
  };
  const run = (): void => {
    running = once();
  };
  run();
  return {
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      await running;
    },
  };
}
