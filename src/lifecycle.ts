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
 * Starts a service, waits for SIGTERM or SIGINT, then stops it and resolves with the exit code: 0 when all of it ended
 * well. A signal that comes while it starts is heard, too. A second one, or 29 s, ends the process at once; what was
 * running is taken up by others. So does what nobody caught, after the same orderly stop. null: it did not start.
 */
export async function runUntilSignal<S extends Stoppable>(options: {
  readonly log: Logger;
  /** null: it cannot, and it was said why. */
  readonly start: () => Promise<S | null>;
  /** SIGHUP: load the plan file again. */
  readonly onHangup: (service: S) => void;
}): Promise<number | null> {
  const { log } = options;
  let service: S | null = null;
  const onHangup = (): void => {
    if (service !== null) options.onHangup(service);
  };
  process.on('SIGHUP', onHangup);
  const ending = listenForEnd(log);
  service = await options.start();
  if (service === null) {
    process.off('SIGHUP', onHangup);
    ending.ignore();
    return null;
  }
  const reason = await ending.asked;
  service.drain();
  log.info(
    { signal: reason },
    'stopping: running syncs finish; deliveries are kept to the end; a second signal stops at once',
  );
  const endedWell = await service.stop();
  ending.done();
  process.off('SIGHUP', onHangup);
  log.info('stopped');
  setTimeout(() => nameHolders(log, () => force(log)), endsWithinMs).unref();
  return endedWell && !ending.failed() ? 0 : 1;
}

/** From now on the first signal, or what nobody caught, is told by `asked`; the next signal, or 29 s, ends the process. */
function listenForEnd(log: Logger) {
  let resolve: (reason: string) => void = () => undefined;
  const asked = new Promise<string>((settle) => (resolve = settle));
  let timer: NodeJS.Timeout | undefined;
  let failed = false;
  const end = (reason: string): void => {
    timer ??= setTimeout(() => force(log), forceMs);
    resolve(reason);
  };
  const onSignal = (name: string): void => (timer === undefined ? end(name) : force(log));
  // Left to Node, it would print whatever the error carries.
  const onUncaught = (error: unknown): void => {
    if (!failed) log.fatal({ err: error }, 'something failed that nobody expected: this process ends');
    failed = true;
    end('an unexpected failure');
  };
  const listeners = {
    SIGTERM: onSignal,
    SIGINT: onSignal,
    unhandledRejection: onUncaught,
    uncaughtException: onUncaught,
  };
  for (const [name, listener] of Object.entries(listeners)) process.on(name, listener);
  return {
    asked,
    failed: () => failed,
    done: () => clearTimeout(timer),
    ignore() {
      clearTimeout(timer);
      for (const [name, listener] of Object.entries(listeners)) process.off(name, listener);
    },
  };
}

function force(log: Logger): never {
  log.warn('stopped at once; running syncs are taken up again by the next worker');
  process.exit(1);
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
