import { context, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { StackContextManager } from '@opentelemetry/sdk-trace';
import { afterEach, describe, expect, it } from 'vitest';
import { recordSpans } from '../support/span-recorder.ts';

const consumer = { name: 'sync', kind: 'consumer', attributes: {} } as const;
const server = { name: 'delivery', kind: 'server', attributes: {} } as const;
const traceId = '0af7651916cd43dd8448eb211c80319c';
const parent = `00-${traceId}-b7ad6b7169203331-01`;

describe('spans in OpenTelemetry', () => {
  it('go on from a W3C trace context, and are told as one', async () => {
    const { tracer, spans } = recordSpans();
    const traceparent = await tracer.run(
      { ...consumer, parent, links: [parent] },
      async (span) => span.traceparent,
    );
    const [span] = spans();
    expect(traceparent).toBe(`00-${traceId}-${span?.spanContext().spanId}-01`);
    expect(span?.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
    expect(span?.links.map((link) => link.context.traceId)).toEqual([traceId]);
  });

  it('heed that a trace is not kept, in whatever process that was decided', async () => {
    const { tracer, spans } = recordSpans();
    const unkept = `00-${traceId}-b7ad6b7169203331-00`;
    const told = await tracer.run({ ...consumer, parent: unkept }, async (span) => span.traceparent);
    expect(told).toMatch(/-00$/);
    expect(spans()).toEqual([]);
  });

  it.each(['', 'nonsense', `01-${traceId}-b7ad6b7169203331-01`, `00-${'0'.repeat(32)}-b7ad6b7169203331-01`])(
    'begin anew where the context is none: %s',
    async (broken) => {
      const { tracer, spans } = recordSpans();
      await tracer.run({ ...consumer, parent: broken, links: [broken] }, async () => undefined);
      expect(spans()[0]?.parentSpanContext).toBeUndefined();
      expect(spans()[0]?.links).toEqual([]);
    },
  );

  it('tell of a rejection by its class alone, and hand it on', async () => {
    const { tracer, spans } = recordSpans();
    const work = () => Promise.reject(new TypeError('sk_live_secret'));
    await expect(tracer.run(consumer, (span) => span.stage('read', work))).rejects.toThrow('sk_live_secret');
    for (const { status, attributes, events } of spans()) {
      expect(status).toEqual({ code: SpanStatusCode.ERROR });
      expect(attributes['error.type']).toBe('TypeError');
      expect(events).toEqual([]);
    }
    expect(spans().map(({ name }) => name)).toEqual(['read', 'sync']);
  });

  it('are none for calls beneath no span', () => {
    const { tracer, spans } = recordSpans();
    tracer.call('stripe subscriptions.list', {}).end({ 'http.response.status_code': 200 }, null);
    expect(spans()).toEqual([]);
  });

  it('hold their parts in time, also those that began before they were known', async () => {
    const { tracer, spans } = recordSpans();
    const since = tracer.clock();
    await tracer.run({ ...consumer, since }, async (span) => {
      const call = tracer.call('unkey identities.getIdentity', {});
      await span.stage('conclude', async () => undefined);
      call.end({}, null);
    });
    const times = spans().map(
      ({ name, startTime, endTime }) => [name, seconds(startTime), seconds(endTime)] as const,
    );
    const [, from = 0, to = 0] = times.find(([name]) => name === 'sync') ?? [];
    for (const [, start, end] of times) {
      expect(start).toBeGreaterThanOrEqual(from);
      expect(end).toBeLessThanOrEqual(to);
    }
  });
});

describe('within a program that is traced itself', () => {
  afterEach(() => context.disable());

  it('a delivery lies beneath the span of the request, and what a worker does beneath nothing of that program', async () => {
    context.setGlobalContextManager(new StackContextManager().enable());
    const { tracer, provider, spans } = recordSpans();
    const request = provider.getTracer('host').startSpan('POST');
    await context.with(trace.setSpan(ROOT_CONTEXT, request), () =>
      Promise.all([tracer.run(server, async () => undefined), tracer.run(consumer, async () => undefined)]),
    );
    const parents = spans().map(({ name, parentSpanContext }) => [name, parentSpanContext?.spanId]);
    expect(parents).toEqual([
      [server.name, request.spanContext().spanId],
      [consumer.name, undefined],
    ]);
  });
});

function seconds([whole, nanos]: readonly [number, number]): number {
  return whole + nanos / 1e9;
}
