import type { Logger } from 'pino';

/** Everything that must be over before the process may be killed: 25 s for running syncs, the rest for closing. */
export const drainMs = 25_000;
const forceMs = 29_000;
/** A process with nothing left to do ends at once; after this long something holds it. */
const endsWithinMs = 1_000;

export interface Stoppable {
  /** From now on `/readyz` says that this process goes away. */
  drain(): void;
  /** Resolves when everything has ended: whether all of it ended well. */
  stop(): Promise<boolean>;
}

/**
 * Waits for SIGTERM or SIGINT, then stops the service and resolves with the exit code: 0 when all of it ended well. A
 * second signal, or 29 s, ends the process at once; what was running is taken up by others. So does what nobody caught,
 * after the same orderly stop.
 */
export async function runUntilSignal(options: {
  readonly log: Logger;
  readonly service: Stoppable;
  /** SIGHUP: load the plan file again. */
  readonly onHangup: () => void;
}): Promise<number> {
  const { log, service } = options;
  process.on('SIGHUP', options.onHangup);
  let failed = false;
  const reason = await new Promise<string>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => resolve(name));
    // Left to Node, it would print whatever the error carries.
    const onUncaught = (error: unknown): void => {
      if (!failed) log.fatal({ err: error }, 'something failed that nobody expected: this process ends');
      failed = true;
      resolve('an unexpected failure');
    };
    process.on('unhandledRejection', onUncaught);
    process.on('uncaughtException', onUncaught);
  });
  service.drain();
  log.info(
    { signal: reason },
    'stopping: running syncs finish; deliveries are kept to the end; a second signal stops at once',
  );
  const force = (): void => {
    log.warn('stopped at once; running syncs are taken up again by the next worker');
    process.exit(1);
  };
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, force);
  const timer = setTimeout(force, forceMs);
  const endedWell = await service.stop();
  clearTimeout(timer);
  process.off('SIGHUP', options.onHangup);
  log.info('stopped');
  setTimeout(() => nameHolders(log, force), endsWithinMs).unref();
  return endedWell && !failed ? 0 : 1;
}

/** A leaked handle would otherwise keep the process in silence until somebody kills it. */
function nameHolders(log: Logger, force: () => void): void {
  const holders = process.getActiveResourcesInfo();
  log.warn(
    { holders: [...new Set(holders)] },
    'stopped, but something still holds this process; it is ended in 3 s',
  );
  setTimeout(force, 3_000).unref();
}
