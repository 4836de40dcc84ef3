import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** The metrics of a process, as docs/metrics.md describes them. */

const latencyBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const appliedBuckets = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 900, 3600];

export function counters(registry: Registry) {
  const registers = [registry];
  const webhooks = new Counter({
    name: 'planwire_webhooks_total',
    help: 'Deliveries to the webhook by what was answered.',
    labelNames: ['result'],
    registers,
  });
  const syncs = new Counter({
    name: 'planwire_syncs_total',
    help: 'Attempts to bring a customer into step, by the status of their outcome.',
    labelNames: ['status'],
    registers,
  });
  const syncSeconds = new Histogram({
    name: 'planwire_sync_duration_seconds',
    help: 'Duration of an attempt.',
    buckets: latencyBuckets,
    registers,
  });
  const appliedSeconds = new Histogram({
    name: 'planwire_event_applied_seconds',
    help: 'From the arrival of an event to the change it led to.',
    buckets: appliedBuckets,
    registers,
  });
  const requests = new Counter({
    name: 'planwire_upstream_requests_total',
    help: 'Calls to Stripe and Unkey by HTTP status; none: no answer came.',
    labelNames: ['service', 'operation', 'status'],
    registers,
  });
  const requestSeconds = new Histogram({
    name: 'planwire_upstream_request_duration_seconds',
    help: 'Duration of calls to Stripe and Unkey.',
    labelNames: ['service', 'operation'],
    buckets: latencyBuckets,
    registers,
  });
  const upstreamUp = new Gauge({
    name: 'planwire_upstream_up',
    help: '1 while the service works for us, 0 while its errors stop the queue.',
    labelNames: ['service'],
    registers,
  });
  return {
    webhooks,
    syncs,
    syncSeconds,
    appliedSeconds,
    requests,
    requestSeconds,
    upstreamUp,
  };
}

export function notificationCounter(registry: Registry): Counter<'result'> {
  return new Counter({
    name: 'planwire_notifications_total',
    help: 'Tries to deliver a notification, by what came of them.',
    labelNames: ['result'],
    registers: [registry],
  });
}

/** What this process takes, and whether it may write. */
export function workerGauges(registry: Registry) {
  const registers = [registry];
  const workerConcurrency = new Gauge({
    name: 'planwire_worker_concurrency',
    help: 'Jobs of a queue that this process works on at once, without syncs that only write down how they ended; absent where it takes none.',
    labelNames: ['queue'],
    registers,
  });
  const workerRate = new Gauge({
    name: 'planwire_worker_rate_per_second',
    help: 'Jobs of a queue that may start per second, over all workers.',
    labelNames: ['queue'],
    registers,
  });
  const planFileStale = new Gauge({
    name: 'planwire_plan_file_stale',
    help: '1 while another plan file than that of this process counts: it writes nothing then.',
    registers,
  });
  return { workerConcurrency, workerRate, planFileStale };
}

export function storeGauges(registry: Registry) {
  const registers = [registry];
  return {
    jobs: new Gauge({
      name: 'planwire_queue_jobs',
      help: 'Jobs in a queue by state.',
      labelNames: ['queue', 'state'],
      registers,
    }),
    oldest: new Gauge({
      name: 'planwire_queue_oldest_seconds',
      help: 'Age of the oldest waiting job of a queue; 0 when none waits.',
      labelNames: ['queue'],
      registers,
    }),
    customers: new Gauge({
      name: 'planwire_customers',
      help: 'Customers by state; known counts all, the others overlap.',
      labelNames: ['state'],
      registers,
    }),
    drift: new Gauge({
      name: 'planwire_drift',
      help: 'Customers by how their identity stood to Stripe and the plan file when everybody was last looked at.',
      labelNames: ['class'],
      registers,
    }),
    reconciled: new Gauge({
      name: 'planwire_reconcile_last_success_timestamp_seconds',
      help: 'When everybody was last looked at to the end; absent before the first time.',
      registers,
    }),
    oldestNotification: new Gauge({
      name: 'planwire_notification_oldest_seconds',
      help: 'How long the oldest undelivered notification has been waiting; absent where nobody is notified.',
      registers,
    }),
    storeUp: new Gauge({
      name: 'planwire_store_up',
      help: '1 when the store answered this scrape, 0 when the gauges that come from it are missing.',
      registers,
    }),
  };
}

export type Gauges = ReturnType<typeof storeGauges> & Pick<ReturnType<typeof counters>, 'upstreamUp'>;
