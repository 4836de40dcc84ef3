import type { Logger } from 'pino';
import { drainMs } from '../src/lifecycle.ts';
import { bulkTakes, startBulk, type BulkPorts } from './bulk.ts';
import { eventsPerSecond, startEvents, type EventsPorts } from './events.ts';
import { startScheduler, type SchedulerPorts } from './scheduler.ts';
import { startSyncs, type SyncsPorts } from './syncs.ts';

interface Takes {
  readonly concurrency: number;
  readonly ratePerSecond: number;
}

type WorkersPorts = EventsPorts &
  SyncsPorts &
  BulkPorts &
  SchedulerPorts & {
    readonly log: Logger;
    readonly telemetry: { worker(queue: string, takes: Takes): void };
  };

export interface Workers {
  /** Whether customers are synced; events are taken all the same. */
  syncing(on: boolean): void;
  /** Nothing new begins; resolves when what runs has ended, or its time is over. */
  stop(): Promise<void>;
}

/** Everything that works in the background of a process. */
export function startWorkers(ports: WorkersPorts): Workers {
  const scheduler = startScheduler(ports);
  const workers = { events: startEvents(ports), syncs: startSyncs(ports), bulk: startBulk(ports) };
  const { concurrency, ratePerSecond } = ports.config.sync;
  const takes: Readonly<Record<keyof typeof workers, Takes>> = {
    events: { concurrency, ratePerSecond: eventsPerSecond },
    syncs: { concurrency, ratePerSecond },
    bulk: bulkTakes,
  };
  for (const [queue, of] of Object.entries(takes)) {
    ports.telemetry.worker(queue, of);
    ports.log.info({ queue, ...of }, 'taking jobs');
  }
  return {
    syncing: (on) => workers.syncs.take(on),
    async stop() {
      await Promise.all([scheduler.stop(), ...Object.values(workers).map((worker) => worker.close(drainMs))]);
    },
  };
}
