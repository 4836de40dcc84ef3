import type { Logger } from 'pino';
import { every, type Repeating } from '../src/every.ts';
import type { Waits } from '../src/domain/upstream/waits.ts';

interface Notifications {
  renew(): Promise<void>;
  notice(): Promise<void>;
  /** Answers whether there may be more at once. */
  deliver(signal: AbortSignal): Promise<boolean>;
  leave(): Promise<void>;
}

export interface SchedulerPorts {
  readonly sweep: () => Promise<{ readonly more: boolean }>;
  /** Gives runs of bulk work their jobs back, should they have lost them. */
  readonly resumeRuns: () => Promise<void>;
  /** Asks for the look at everybody, once a night over all processes; answers whether it did. */
  readonly reconcileNightly: () => Promise<boolean>;
  /** Asks for what was missed, or for everybody where too much was; answers which. */
  readonly askCatchUp: () => Promise<'catch-up' | 'reconcile' | null>;
  /** Answers how many checks of customers lay where only a wrong clock can have put them. */
  readonly bringForward: (signal: AbortSignal) => Promise<number>;
  /** Answers how many outcomes went; null: it was not time. */
  readonly prune: (signal: AbortSignal) => Promise<number | null>;
  /** Tells somebody of changes of state; null: there is nobody to tell. */
  readonly notifications: Notifications | null;
  readonly log: Logger;
  readonly waits: Pick<Waits, 'sweepEveryMs' | 'renewEveryMs' | 'noticeEveryMs' | 'notifyAgainMs'>;
}

/** While a sweep finds more than the queue has room for, the next one comes at once. */
const nextSweepMs = 100;
/** How often is asked whether it is time to prune; it is once an hour over all processes. */
const askPruneMs = 60_000;

/** How often is asked whether the time of the nightly look has come. */
const askNightMs = 60_000;
/** How often is asked whether events may have been missed. */
const askCatchUpMs = 30_000;
/** How often is looked for checks that lie too far ahead. */
const doubtEveryMs = 60_000;

/** How often is looked for messages to deliver. */
const deliverEveryMs = 1_000;
/** Where very many customers are in trouble, looking at them takes a small part of the time. */
const lookShare = 20;

/** A receiver that hangs must keep nobody from noticing, nor from staying the one that sends. */
function startNotifying({ notifications, log, waits }: SchedulerPorts): readonly Repeating[] {
  if (notifications === null) return [];
  const onError = (error: unknown): void =>
    log.warn({ err: error }, 'notifications could not be looked after; it is tried again');
  const renewing = every(waits.renewEveryMs, () => notifications.renew(), onError);
  return [
    {
      async stop() {
        await renewing.stop();
        // Who does not get to say so is missed after the length of the lease.
        await notifications.leave().catch(() => undefined);
      },
    },
    every(
      waits.noticeEveryMs,
      async () => {
        const startedAt = performance.now();
        await notifications.notice();
        return Math.max(waits.noticeEveryMs, (performance.now() - startedAt) * lookShare);
      },
      onError,
    ),
    every(
      Math.min(deliverEveryMs, waits.notifyAgainMs),
      async (signal) => ((await notifications.deliver(signal)) ? 0 : undefined),
      onError,
    ),
  ];
}

/** Runs what time alone asks for. Any number of processes may run it: the store sees to it that each thing is done once. */
export function startScheduler(ports: SchedulerPorts): Repeating {
  const { sweep, resumeRuns, reconcileNightly, askCatchUp, bringForward, prune, log, waits } = ports;
  const sweeping = every(
    waits.sweepEveryMs,
    async () => ((await sweep()).more ? nextSweepMs : waits.sweepEveryMs),
    (error) => log.warn({ err: error }, 'the sweep could not finish; it runs again'),
  );
  const resuming = every(waits.sweepEveryMs, resumeRuns, (error) =>
    log.warn({ err: error }, 'bulk work could not be looked after; it is tried again'),
  );
  const doubting = every(
    doubtEveryMs,
    async (signal) => {
      const customers = await bringForward(signal);
      if (customers > 0) log.warn({ customers }, 'checks that a wrong clock had put far ahead are made now');
    },
    (error) => log.warn({ err: error }, 'far checks could not be looked at yet'),
  );
  const nights = every(
    askNightMs,
    async () => {
      if (await reconcileNightly()) log.info('the nightly look at everybody is asked for');
    },
    (error) => log.warn({ err: error }, 'the nightly look at everybody could not be asked for yet'),
  );
  const catchingUp = every(
    askCatchUpMs,
    async () => {
      const asked = await askCatchUp();
      if (asked !== null) log.info({ run: asked }, 'a look for events that never came is asked for');
    },
    (error) => log.warn({ err: error }, 'events that never came could not be looked for yet'),
  );
  const pruning = every(
    askPruneMs,
    async (signal) => {
      const removed = await prune(signal);
      if (removed !== null && removed > 0) log.info({ removed }, 'outcomes older than the retention removed');
    },
    (error) => log.warn({ err: error }, 'what is too old could not be removed yet'),
  );
  const notifying = startNotifying(ports);
  return {
    async stop() {
      await Promise.all([
        ...notifying.map((each) => each.stop()),
        sweeping.stop(),
        resuming.stop(),
        doubting.stop(),
        nights.stop(),
        catchingUp.stop(),
        pruning.stop(),
      ]);
    },
  };
}
