import { PassThrough } from 'node:stream';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type Service } from '../../src/app/service.ts';
import { createLogger } from '../../src/observe/log.ts';
import { sandboxStripeKey } from '../../src/sandbox/stripe.ts';
import { sandboxRootKey } from '../../src/sandbox/unkey.ts';
import { startPipeline, waitFor, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';
import { subscribe } from '../support/subscriber.ts';
import { recordSpans } from '../support/span-recorder.ts';

/** A server and a worker that share a Redis and nothing else: each has an OpenTelemetry of its own. */
const [atServer, atWorker] = [recordSpans(), recordSpans()];
const spans = (): readonly ReadableSpan[] => [...atServer.spans(), ...atWorker.spans()];
const named = (name: string, customer: string): readonly ReadableSpan[] =>
  spans().filter((span) => span.name === name && span.attributes['planwire.customer.id'] === customer);
const of = (traceId: string | undefined): readonly ReadableSpan[] =>
  spans().filter((span) => span.spanContext().traceId === traceId);
const traceIdOf = (span: ReadableSpan | undefined): string | undefined => span?.spanContext().traceId;
const beneath = (parent: ReadableSpan | undefined): readonly ReadableSpan[] =>
  spans().filter((span) => span.parentSpanContext?.spanId === parent?.spanContext().spanId);

let pipeline: Pipeline;
let worker: Service;
beforeAll(async () => {
  pipeline = await startPipeline({
    store: 'redis',
    plans: plansText,
    roles: { http: true, workers: false },
    env: { CONFIRM_AFTER_SECONDS: '1' },
    overrides: { tracer: atServer.tracer },
  });
  const { config, plans } = pipeline.service.context;
  const log = createLogger({ level: 'silent', format: 'json' }, new PassThrough());
  worker = await startService(
    { ...config, http: { ...config.http, port: 0 } },
    { http: false, workers: true },
    { log, plans },
    { tracer: atWorker.tracer, waits: { gatherMs: 0, sweepEveryMs: 50, backoffMs: 50 } },
  );
  makeCatalog(pipeline.stripe);
  await pipeline.settled();
});
afterAll(async () => {
  await worker?.stop();
  await pipeline?.stop();
});

const customerCalled = (name: string): string => subscribe(pipeline, name, { identity: false }).customer;
const confirmed = (customer: string): Promise<void> =>
  waitFor(
    () =>
      named('confirm', customer).some((span) => span.attributes['planwire.outcome.status'] === 'confirmed'),
    20_000,
    `${customer} to be confirmed`,
  );

describe('with traces on', () => {
  it('delivery, event, sync, calls and confirmation are one trace over both processes', async () => {
    const customer = customerCalled('one');
    await confirmed(customer);
    const trace = of(traceIdOf(named('confirm', customer)[0]));
    const [delivery, event, sync, confirm] = ['delivery', 'event', 'sync', 'confirm'].map((name) =>
      trace.find((span) => span.name === name),
    );
    expect(delivery?.parentSpanContext).toBeUndefined();
    expect(atServer.spans()).toContain(delivery);
    expect(beneath(delivery)).toEqual([event]);
    expect(atWorker.spans()).toContain(event);
    expect(beneath(event)).toEqual([sync, confirm]);
    expect(beneath(sync).map(({ name }) => name)).toEqual(['read', 'claim', 'apply', 'conclude']);
    expect(delivery?.kind).toBe(SpanKind.SERVER);
    expect(sync?.kind).toBe(SpanKind.CONSUMER);
  });

  it('each call is a client span with its status and request id, beneath the stage that made it', async () => {
    const customer = customerCalled('calls');
    await confirmed(customer);
    const sync = named('sync', customer).find(
      (span) => span.attributes['planwire.outcome.status'] === 'applied',
    );
    const [read, , apply] = beneath(sync);
    expect(beneath(read).map(({ name }) => name)).toContain('stripe subscriptions.list');
    expect(beneath(apply).map(({ name }) => name)).toEqual([
      'unkey identities.getIdentity',
      'unkey identities.createIdentity',
    ]);
    for (const call of [...beneath(read), ...beneath(apply)]) {
      expect(call.kind).toBe(SpanKind.CLIENT);
      expect(call.attributes['http.response.status_code']).toBeGreaterThanOrEqual(200);
      expect(call.attributes['planwire.request_id']).toMatch(/^req_/);
    }
    const outcome = await pipeline.service.context.store.outcomes.get(
      String(sync?.attributes['planwire.outcome.id']),
    );
    expect(sync?.attributes['planwire.request_id']).toBe(outcome?.requestId);
    expect(outcome?.requests.map(({ requestId }) => requestId)).toContain(
      beneath(read)[0]?.attributes['planwire.request_id'],
    );
  });

  it('events that came together are one sync: in the trace of the newest, linked to the others', async () => {
    const customer = customerCalled('many');
    await confirmed(customer);
    const before = named('sync', customer).length;
    // Held up, the worker finds all of them waiting.
    pipeline.stripe.faults.add({ match: 'subscriptions.list', latencyMs: 500, times: 1 });
    for (const quantity of [2, 3, 4])
      pipeline.stripe.subscriptions.update('sub_many', { items: [{ price: 'price_team', quantity }] });
    await pipeline.settled();
    const after = named('sync', customer).slice(before);
    const linked = after.find(({ links }) => links.length > 0);
    const events = spans().filter(({ name }) => name === 'event');
    const inTraces = (ids: readonly (string | undefined)[]) =>
      events.filter((event) => ids.includes(traceIdOf(event))).length;
    expect(linked).toBeDefined();
    expect(inTraces(linked?.links.map(({ context }) => context.traceId) ?? [])).toBe(linked?.links.length);
    expect(inTraces([traceIdOf(linked)])).toBe(1);
  });

  it('tries that follow a failure stay in the trace, and say what failed', async () => {
    pipeline.unkey.faults.add({ match: 'identities.createIdentity', status: 500, times: 1 });
    const customer = customerCalled('failing');
    await confirmed(customer);
    const syncs = named('sync', customer);
    const [failed, applied] = [
      syncs.find(({ status }) => status.code === SpanStatusCode.ERROR),
      syncs.find((span) => span.attributes['planwire.outcome.status'] === 'applied'),
    ];
    expect(failed?.attributes['planwire.outcome.status']).toBe('retrying');
    expect(failed?.attributes['error.type']).toBeDefined();
    expect(traceIdOf(failed)).toBe(traceIdOf(applied));
  });

  it('what an operator asks for is a trace of its own, up to its confirmation', async () => {
    const customer = customerCalled('asked');
    await confirmed(customer);
    const eventTrace = traceIdOf(named('confirm', customer)[0]);
    // Somebody else lowered it.
    pipeline.unkey.putIdentity({ externalId: 'user_asked', meta: { plan: 'free' } });
    await pipeline.service.context.requestSync(customer, {
      kind: 'manual',
      eventIds: [],
      type: null,
      receivedAt: null,
    });
    await waitFor(() => named('confirm', customer).length === 2, 20_000, 'the second confirmation');
    const own = traceIdOf(named('confirm', customer)[1]);
    expect(own).not.toBe(eventTrace);
    expect(of(own).map(({ name }) => name)).toContain('unkey identities.updateIdentity');
  });

  it('a stranger leaves no span', async () => {
    const before = spans().length;
    const answer = await fetch(`${pipeline.url}/webhooks/stripe`, {
      method: 'POST',
      headers: { 'stripe-signature': 't=1,v1=00' },
      body: '{}',
    });
    expect(answer.status).toBe(400);
    expect(spans()).toHaveLength(before);
  });

  it('no span holds a secret', () => {
    const text = JSON.stringify(
      spans().map(({ name, attributes, events, status }) => [name, attributes, events, status]),
    );
    for (const secret of [sandboxStripeKey, sandboxRootKey, 'whsec_']) expect(text).not.toContain(secret);
  });
});
