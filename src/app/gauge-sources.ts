import type { Config } from '../config.ts';
import { reconciledName } from '../domain/shared-names.ts';
import type { QueueDepth } from '../domain/views/stats.ts';
import type { GaugeSources } from '../observe/telemetry.ts';
import type { Store } from '../store/store.ts';
import type { CircuitBreaker } from '../sync/circuit-breaker.ts';
import { lastFrom } from '../bulk/reconcile/brakes.ts';
import { oldestNotificationMs } from './notifications.ts';

/** What the gauges read at each scrape. */
export function gaugeSources(
  store: Store,
  breaker: CircuitBreaker,
  { config, now }: { readonly config: Config; readonly now: () => number },
): GaugeSources {
  const { customers, shared } = store;
  return {
    queues: async () =>
      Object.entries(await queueDepths(store)).map(([queue, depths]) => ({ queue, ...depths })),
    customers: customers.counts,
    oldestNotificationMs: () => oldestNotificationMs(config, shared, now()),
    drift: async () => lastFrom(await shared.get(reconciledName)),
    upstreams: async () => ({
      stripe: (await breaker.open('stripe')) === null,
      unkey: (await breaker.open('unkey')) === null,
    }),
  };
}

export async function queueDepths({ queueCounts }: Store): Promise<Readonly<Record<string, QueueDepth>>> {
  const counts = Object.entries(await queueCounts());
  return Object.fromEntries(
    counts.map(([queue, { oldestWaitingAgeMs, ...depths }]) => [
      queue,
      { ...depths, oldestMs: oldestWaitingAgeMs },
    ]),
  );
}
