import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { createTelemetry, webhookResults, type Telemetry } from '../../src/observe/telemetry.ts';
import { send, startApp } from '../http/support/app.ts';

async function sample(telemetry: Telemetry, line: RegExp): Promise<string | undefined> {
  const { text } = await telemetry.metrics();
  return text.split('\n').find((candidate) => line.test(candidate));
}

const queues = () =>
  Promise.resolve([
    { queue: 'events', waiting: 3, delayed: 2, active: 1, oldestMs: 1_500 },
    { queue: 'syncs', waiting: 0, delayed: 0, active: 0, oldestMs: null },
  ]);
const customers = () => Promise.resolve({ known: 10, failing: 2, held: 1, due: 4 });

test('GET /metrics is Prometheus text, with what the webhook answered and how the process is', async () => {
  const app = await startApp();
  try {
    await send(app, { method: 'POST', path: '/webhooks/stripe', body: '{}' });
    const answer = await send(app, { path: '/metrics' });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(answer.text).toContain('planwire_webhooks_total{result="signature_missing"} 1');
    expect(answer.text).toContain('process_resident_memory_bytes');
    expect(answer.text).toContain('nodejs_eventloop_lag_seconds');
  } finally {
    await app.close();
  }
});

test('syncs are counted by status, and event to applied only where an event led to a change', async () => {
  const telemetry = createTelemetry();
  telemetry.sync('applied', { durationMs: 80, appliedLatencyMs: 120 });
  telemetry.sync('applied', { durationMs: 80, appliedLatencyMs: null });
  telemetry.sync('failed', { durationMs: 10, appliedLatencyMs: null });
  expect(await sample(telemetry, /^planwire_syncs_total\{status="applied"\}/)).toMatch(/ 2$/);
  expect(await sample(telemetry, /^planwire_syncs_total\{status="failed"\}/)).toMatch(/ 1$/);
  expect(await sample(telemetry, /^planwire_sync_duration_seconds_count/)).toMatch(/ 3$/);
  expect(await sample(telemetry, /^planwire_event_applied_seconds_count/)).toMatch(/ 1$/);
  expect(await sample(telemetry, /^planwire_event_applied_seconds_sum/)).toMatch(/ 0\.12$/);
});

test('calls to an upstream are counted by status and timed by operation, and carry no request id', async () => {
  const telemetry = createTelemetry();
  const call = { service: 'unkey', operation: 'identities.updateIdentity', requestId: 'req_secret' } as const;
  telemetry.request({ ...call, status: 200, ms: 52 });
  telemetry.request({ ...call, status: null, ms: 10_000 });
  const labels = 'service="unkey",operation="identities.updateIdentity"';
  const { text } = await telemetry.metrics();
  expect(text).toContain(`planwire_upstream_requests_total{${labels},status="200"} 1`);
  expect(text).toContain(`planwire_upstream_requests_total{${labels},status="none"} 1`);
  expect(text).toContain(`planwire_upstream_request_duration_seconds_sum{${labels}} 10.052`);
  expect(text).not.toContain('req_secret');
});

test('the state of an upstream is 1 while it works and 0 while it stops the queue', async () => {
  const telemetry = createTelemetry();
  telemetry.upstream('stripe', true);
  telemetry.upstream('unkey', false);
  expect(await sample(telemetry, /^planwire_upstream_up\{service="stripe"\}/)).toMatch(/ 1$/);
  expect(await sample(telemetry, /^planwire_upstream_up\{service="unkey"\}/)).toMatch(/ 0$/);
});

test('a process that makes no calls itself tells the state of the upstreams too', async () => {
  const telemetry = createTelemetry();
  telemetry.gaugesFrom({ upstreams: () => Promise.resolve({ stripe: true, unkey: false }) });
  expect(await sample(telemetry, /^planwire_upstream_up\{service="stripe"\}/)).toMatch(/ 1$/);
  expect(await sample(telemetry, /^planwire_upstream_up\{service="unkey"\}/)).toMatch(/ 0$/);
});

test('queues and customers are asked for at each scrape', async () => {
  const telemetry = createTelemetry();
  telemetry.gaugesFrom({ queues, customers });
  const { text } = await telemetry.metrics();
  expect(text).toContain('planwire_queue_jobs{queue="events",state="waiting"} 3');
  expect(text).toContain('planwire_queue_jobs{queue="events",state="delayed"} 2');
  expect(text).toContain('planwire_queue_oldest_seconds{queue="events"} 1.5');
  expect(text).toContain('planwire_queue_oldest_seconds{queue="syncs"} 0');
  expect(text).toContain('planwire_customers{state="failing"} 2');
  expect(text).toContain('planwire_customers{state="held"} 1');
  expect(text).toContain('planwire_store_up 1');
});

test.each<[string, () => Promise<never>]>([
  ['fails', () => Promise.reject(new Error('away'))],
  ['never answers', () => new Promise<never>(() => {})],
])(
  'a store that %s makes its gauges missing and store_up 0, and everything else is still told',
  async (_name, away) => {
    const telemetry = createTelemetry();
    telemetry.webhook('queued');
    telemetry.gaugesFrom({ queues, customers });
    expect((await telemetry.metrics()).text).toContain('planwire_customers{state="failing"} 2');
    telemetry.gaugesFrom({ queues, customers: away });
    const { text } = await telemetry.metrics();
    expect(text).not.toContain('planwire_customers{');
    expect(text).toContain('planwire_store_up 0');
    expect(text).toContain('planwire_queue_jobs{queue="events",state="waiting"} 3');
    expect(text).toContain('planwire_webhooks_total{result="queued"} 1');
  },
);

test('scrapes at the same time do not empty each other', async () => {
  const telemetry = createTelemetry();
  telemetry.gaugesFrom({ queues, customers });
  const texts = await Promise.all(Array.from({ length: 20 }, () => telemetry.metrics()));
  for (const { text } of texts) expect(text).toContain('planwire_customers{state="held"} 1');
});

test('two registries in one process know nothing of each other', async () => {
  const [first, second] = [createTelemetry(), createTelemetry()];
  first.webhook('queued');
  expect(await sample(second, /^planwire_webhooks_total\{/)).toBeUndefined();
});

test('docs/metrics.md describes exactly the metrics and webhook results that exist', async () => {
  const page = await readFile(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
  const described = [...page.matchAll(/^\| `(planwire_\w+)` \| (\w+) \|/gm)].map(
    ([, name, type]) => `${name} ${type}`,
  );
  const telemetry = createTelemetry();
  telemetry.gaugesFrom({ queues, customers });
  const { text } = await telemetry.metrics();
  const existing = [...text.matchAll(/^# TYPE (planwire_\w+ \w+)$/gm)].map(([, line]) => line);
  expect(new Set(described)).toEqual(new Set(existing));
  const queried = [...page.matchAll(/\b(planwire_\w+?)(?:_bucket)?[{[) ]/g)].map(([, name]) => name);
  for (const name of queried) expect(existing.some((line) => line?.startsWith(`${name} `))).toBe(true);
  for (const result of webhookResults) expect(page).toContain(`\`${result}\``);
});
