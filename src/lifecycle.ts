import type { Logger } from 'pino';

/** Everything that must be over before the process may be killed: 25 s for running syncs, the rest for closing. */
export const drainMs = 25_000;
const forceMs = 29_000;

export interface Stoppable {
  /** Said in the log while it is being stopped. */
  readonly name: string;
  stop(): Promise<void>;
}

/**
 * Waits for SIGTERM or SIGINT, then stops the parts in order and resolves with the exit code: 0 when all of them ended
 * well. A second signal, or 29 s, ends the process at once; what was running is taken up by others.
 */
export async function runUntilSignal(options: {
  readonly log: Logger;
  readonly parts: readonly Stoppable[];
  /** SIGHUP: load the plan file again. */
  readonly onHangup: () => void;
  readonly onDrain: () => void;
}): Promise<number> {
  const { log, parts } = options;
  process.on('SIGHUP', options.onHangup);
  const signal = await new Promise<string>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => resolve(name));
  });
  options.onDrain();
  log.info({ signal }, 'stopping: no new deliveries; running syncs finish; a second signal stops at once');
  const force = (): void => {
    log.warn('stopped at once; running syncs are taken up again by the next worker');
    process.exit(1);
  };
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, force);
  const timer = setTimeout(force, forceMs);
  const failed = await stopAll(log, parts);
  clearTimeout(timer);
  process.off('SIGHUP', options.onHangup);
  log.info('stopped');
  return failed ? 1 : 0;
}

async function stopAll(log: Logger, parts: readonly Stoppable[]): Promise<boolean> {
  let failed = false;
  for (const part of parts) {
    try {
      await part.stop();
    } catch (error) {
      failed = true;
      log.error({ err: error, part: part.name }, 'could not be stopped cleanly');
    }
  }
  return failed;
}
