import type { Logger } from 'pino';
import type { Waits } from '../src/domain/upstream/waits.ts';

interface SchedulerPorts {
  readonly sweep: () => Promise<{ readonly more: boolean }>;
  /** Answers how many outcomes went; null: it was not time. */
  readonly prune: () => Promise<number | null>;
  readonly log: Logger;
  readonly now: () => number;
  readonly waits: Pick<Waits, 'sweepEveryMs'>;
}

/** While a sweep finds more than the queue has room for, the next one comes at once. */
const nextSweepMs = 100;
/** How often is asked whether it is time to prune; it is once an hour over all processes. */
const askPruneMs = 60_000;

/** Runs what time alone asks for. Any number of processes may run it: the store sees to it that each thing is done once. */
export function startScheduler({ sweep, prune, log, now, waits }: SchedulerPorts): {
  close(): Promise<void>;
} {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let closed = false;
  let askAt = now();

  async function tick(): Promise<void> {
    let delayMs = waits.sweepEveryMs;
    try {
      if ((await sweep()).more) delayMs = nextSweepMs;
      if (now() >= askAt) {
        askAt = now() + askPruneMs;
        const removed = await prune();
        if (removed !== null && removed > 0)
          log.info({ removed }, 'outcomes older than the retention removed');
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
