import type { QueueEngine } from './queue/engine.ts';
import { callTimeoutMs } from './queue/options.ts';
import type { Queues } from './queue/queues.ts';
import type { Store, StoreHealth, WorkHandle } from './store.ts';
import { asProbe, within } from './with-timeout.ts';
import { startWorker } from './queue/worker.ts';

type Records = Pick<
  Store,
  'kind' | 'customers' | 'claims' | 'outcomes' | 'attempts' | 'runs' | 'audit' | 'shared'
>;

export interface StoreParts {
  /** How a sentence calls it. */
  readonly name: string;
  readonly engine: QueueEngine;
  readonly queues: Queues;
  readonly onError: (error: Error) => void;
  health(): Promise<StoreHealth>;
  /** Ends the connections; queues and workers are ended before. */
  close(): Promise<void>;
}

/** What all stores do alike: workers, bounded answers about health, and closing from the top down. */
export function createStore(records: Records, parts: StoreParts): Store {
  const { name, engine, queues, onError } = parts;
  const working = new Set<WorkHandle>();
  let closed: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    await Promise.allSettled([...working].map((handle) => handle.close(0)));
    await queues.close();
    await parts.close();
  };
  return {
    ...records,
    customers: { ...records.customers, counts: () => asProbe(() => records.customers.counts()) },
    events: queues.events,
    syncs: queues.syncs,
    bulk: queues.bulk,
    work(options) {
      const handle = startWorker(options, {
        engine,
        opened: queues.opened,
        giveWay: queues.giveWay,
        onError,
      });
      const tracked: WorkHandle = {
        ready: () => handle.ready(),
        take: (jobs) => handle.take(jobs),
        async close(timeoutMs) {
          working.delete(tracked);
          await handle.close(timeoutMs);
        },
      };
      working.add(tracked);
      return tracked;
    },
    async health() {
      try {
        const found = await asProbe(() => within(callTimeoutMs, name, () => parts.health()));
        const missing = queues.missing();
        return missing === null || !found.ok
          ? found
          : { ...found, ok: false, detail: `${name} is not usable: ${missing}` };
      } catch (cause) {
        return { ok: false, detail: cause instanceof Error ? cause.message : String(cause), warnings: [] };
      }
    },
    queueCounts: () => asProbe(() => queues.counts()),
    pruneQueues: (now, signal) => engine.prune(now, signal),
    clampWaits: (longestMs) => engine.clampPauses(longestMs),
    close: () => (closed ??= close()),
  };
}
