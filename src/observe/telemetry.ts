import { Registry, collectDefaultMetrics } from 'prom-client';
import type { RequestTrace, Upstream } from '../domain/upstream/failure.ts';
import type { OutcomeStatus } from '../domain/outcome/outcome.ts';
import { withTimeout } from '../with-timeout.ts';
import { counters, notificationCounter, storeGauges, workerGauges, type Gauges } from './metrics.ts';

/** What is counted of the webhook's answers: its results, its error codes, and the refusals before either. */
export const webhookResults = [
  'queued',
  'duplicate',
  'ignored',
  'signature_missing',
  'signature_invalid',
  'timestamp_too_old',
  'payload_invalid',
  'method_not_allowed',
  'payload_too_large',
  'encoding_unsupported',
  'request_timeout',
  'overloaded',
  'store_unavailable',
  'aborted',
  'body_already_read',
] as const;
export type WebhookResult = (typeof webhookResults)[number];

/** Asked at each scrape, because the truth lies in the store and not in this process. */
export interface GaugeSources {
  readonly queues?: () => Promise<
    readonly {
      readonly queue: string;
      readonly waiting: number;
      readonly delayed: number;
      readonly active: number;
      /** Milliseconds; null when nothing waits. */
      readonly oldestMs: number | null;
    }[]
  >;
  readonly customers?: () => Promise<{
    readonly known: number;
    readonly failing: number;
    readonly held: number;
    readonly due: number;
  }>;
  /** What the last look at everybody came to; null: there was none. */
  readonly drift?: () => Promise<{
    /** Epoch ms. */
    readonly at: number;
    readonly counts: Readonly<Record<string, number>>;
  } | null>;
  /** How long the oldest undelivered notification has been waiting, ms; null: nobody is notified. */
  readonly oldestNotificationMs?: () => Promise<number | null>;
  /** Whether each upstream works for us: false while its errors stop the queue. */
  readonly upstreams?: () => Promise<Readonly<Record<Upstream, boolean>>>;
}

export interface Telemetry {
  webhook(result: WebhookResult): void;
  /** `appliedLatencyMs`: from the arrival of the event to the applied change; null where no event led to one. */
  sync(
    status: OutcomeStatus,
    times: { readonly durationMs: number; readonly appliedLatencyMs: number | null },
  ): void;
  request(trace: RequestTrace): void;
  /** Notes a change at once; a process that makes no calls itself learns the state at each scrape. */
  upstream(service: Upstream, ok: boolean): void;
  planFileStale(stale: boolean): void;
  /** One try to deliver a notification. */
  notification(result: 'sent' | 'failed' | 'given_up'): void;
  /** What a worker of this process takes: jobs at once here, and per second over all workers. */
  worker(queue: string, takes: { readonly concurrency: number; readonly ratePerSecond: number }): void;
  /** Names the sources of the gauges; adapters are built after the telemetry they report to. */
  gaugesFrom(sources: GaugeSources): void;
  /** The whole exposition, never rejecting because of a source that is away. */
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
}

const sourceTimeoutMs = 2_000;

/** A registry of its own per process and per test; label values are closed sets, never ids. */
export function createTelemetry(): Telemetry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const counted = counters(registry);
  const workers = workerGauges(registry);
  const notifications = notificationCounter(registry);
  let gauges: ReturnType<typeof storeGauges> | undefined;
  let sources: GaugeSources = {};

  return {
    webhook: (result) => counted.webhooks.inc({ result }),
    sync: (status, { durationMs, appliedLatencyMs }) => {
      counted.syncs.inc({ status });
      counted.syncSeconds.observe(durationMs / 1000);
      if (appliedLatencyMs !== null) counted.appliedSeconds.observe(Math.max(0, appliedLatencyMs) / 1000);
    },
    request: ({ service, operation, status, ms }) => {
      counted.requests.inc({ service, operation, status: status === null ? 'none' : String(status) });
      counted.requestSeconds.observe({ service, operation }, ms / 1000);
    },
    upstream: (service, ok) => counted.upstreamUp.set({ service }, ok ? 1 : 0),
    planFileStale: (stale) => workers.planFileStale.set(stale ? 1 : 0),
    notification: (result) => notifications.inc({ result }),
    worker: (queue, { concurrency, ratePerSecond }) => {
      workers.workerConcurrency.set({ queue }, concurrency);
      workers.workerRate.set({ queue }, ratePerSecond);
    },
    gaugesFrom: (given) => {
      sources = given;
      gauges ??= storeGauges(registry);
    },
    metrics: async () => {
      if (gauges) await refresh({ ...gauges, upstreamUp: counted.upstreamUp }, sources);
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

/** Old values are dropped even if there are no new ones: a gauge that nobody could read must be missing, not frozen. */
async function refresh(gauges: Gauges, sources: GaugeSources): Promise<void> {
  const [queues, customers, upstreams, drift, oldestNotificationMs] = await Promise.all([
    answered(sources.queues),
    answered(sources.customers),
    answered(sources.upstreams),
    answered(sources.drift),
    answered(sources.oldestNotificationMs),
  ]);
  // Nothing is awaited from here on: two scrapes at once must not empty each other's gauges.
  gauges.jobs.reset();
  gauges.oldest.reset();
  gauges.customers.reset();
  for (const { queue, waiting, delayed, active, oldestMs } of queues ?? []) {
    gauges.jobs.set({ queue, state: 'waiting' }, waiting);
    gauges.jobs.set({ queue, state: 'delayed' }, delayed);
    gauges.jobs.set({ queue, state: 'active' }, active);
    gauges.oldest.set({ queue }, (oldestMs ?? 0) / 1000);
  }
  if (customers) {
    const { known, failing, held, due } = customers;
    for (const [state, count] of Object.entries({ known, failing, held, due })) {
      gauges.customers.set({ state }, count);
    }
  }
  gauges.oldestNotification.remove();
  if (typeof oldestNotificationMs === 'number') gauges.oldestNotification.set(oldestNotificationMs / 1000);
  gauges.drift.reset();
  gauges.reconciled.remove();
  if (drift) {
    for (const [name, count] of Object.entries(drift.counts)) gauges.drift.set({ class: name }, count);
    gauges.reconciled.set(drift.at / 1000);
  }
  for (const [service, ok] of Object.entries(upstreams ?? {})) gauges.upstreamUp.set({ service }, ok ? 1 : 0);
  gauges.storeUp.set([queues, customers, upstreams].includes(null) ? 0 : 1);
}

/** undefined: there is no such source; null: it failed or took too long. */
async function answered<T>(source: (() => Promise<T>) | undefined): Promise<T | null | undefined> {
  if (!source) return undefined;
  try {
    return await withTimeout(sourceTimeoutMs, source(), () => new Error('too late'));
  } catch {
    return null;
  }
}
