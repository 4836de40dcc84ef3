import type { Context } from '../src/context.ts';

/** While a sweep finds more than the queue has room for, the next one comes at once. */
const nextSweepMs = 100;
const pruneEveryMs = 60 * 60_000;

/** Runs what time alone asks for. Any number of processes may run it: each due customer is swept once. */
export function startScheduler({ sweep, store, log, now, waits }: Context): { close(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let closed = false;
  let pruneAt = now() + pruneEveryMs;

  async function tick(): Promise<void> {
    let delayMs = waits.sweepEveryMs;
    try {
      if ((await sweep()).more) delayMs = nextSweepMs;
      if (now() >= pruneAt) {
        pruneAt = now() + pruneEveryMs;
        await store.outcomes.prune(now());
      }
    } catch (error) {
      log.warn({ err: error }, 'the sweep could not finish; it runs again');
    }
    if (!closed) timer = setTimeout(run, delayMs);
  }
  function run(): void {
    running = tick();
  }
  run();

  return {
    async close() {
      closed = true;
      clearTimeout(timer);
      await running;
    },
  };
}
