import { AsyncLocalStorage } from 'node:async_hooks';
import {
  context as active,
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes as OtelAttributes,
  type Context,
  type Span as OtelSpan,
  type SpanContext,
  type SpanOptions,
  type TracerProvider,
} from '@opentelemetry/api';
import type { Attributes, Span, SpanStart, Tracer } from '../../domain/tracing.ts';

/** What is under way, and where its clock began: all spans beneath one share a clock, or they would overlap. */
interface UnderWay {
  readonly context: Context;
  /** Epoch ms at which `performance.now()` was 0. */
  readonly origin: number;
}

/**
 * The port on OpenTelemetry's API. What is under way is kept here and not in OpenTelemetry's global context, which belongs
 * to the program that Planwire may live in; that program's own instrumentations see it all the same.
 */
export function createOtelTracer(provider: TracerProvider, version: string): Tracer {
  const tracer = provider.getTracer('planwire', version);
  const underWay = new AsyncLocalStorage<UnderWay>();

  async function within<T>(
    name: string,
    { context, origin }: UnderWay,
    options: SpanOptions,
    work: (span: OtelSpan) => Promise<T>,
  ): Promise<T> {
    const span = tracer.startSpan(name, { startTime: origin + performance.now(), ...options }, context);
    const inside = { context: trace.setSpan(context, span), origin };
    try {
      return await active.with(inside.context, () => underWay.run(inside, () => work(span)));
    } catch (error) {
      failed(span, error instanceof Error ? error.name : 'NonError');
      throw error;
    } finally {
      span.end(origin + performance.now());
    }
  }

  function spanOf(span: OtelSpan): Span {
    return {
      traceparent: traceparentOf(span.spanContext()),
      set: (attributes) => void span.setAttributes(known(attributes)),
      fail: (error) => failed(span, error),
      stage(name, work) {
        const above = underWay.getStore();
        return above === undefined ? work() : within(name, above, {}, work);
      },
    };
  }

  return {
    clock: () => performance.now(),
    run(start, work) {
      const origin = Date.now() - performance.now();
      const from = { context: contextFor(start, underWay.getStore()), origin };
      return within(start.name, from, optionsOf(start, origin), (span) => work(spanOf(span)));
    },
    call(name, attributes) {
      const above = underWay.getStore();
      if (above === undefined) return { end: () => undefined };
      const { context, origin } = above;
      const startTime = origin + performance.now();
      const kind = SpanKind.CLIENT;
      const span = tracer.startSpan(name, { kind, startTime, attributes: known(attributes) }, context);
      return {
        end(found, error) {
          span.setAttributes(known(found));
          if (error !== null) failed(span, error);
          span.end(origin + performance.now());
        },
      };
    },
  };
}

/** A delivery lies beneath whatever span the program that Planwire lives in has for the request. */
function contextFor({ kind, parent }: SpanStart, above: UnderWay | undefined): Context {
  const from = parent === undefined ? null : contextOf(parent);
  if (from !== null) return trace.setSpanContext(ROOT_CONTEXT, from);
  return kind === 'server' ? (above?.context ?? active.active()) : ROOT_CONTEXT;
}

function optionsOf({ kind, since, links = [], attributes }: SpanStart, origin: number): SpanOptions {
  return {
    kind: kind === 'server' ? SpanKind.SERVER : SpanKind.CONSUMER,
    attributes: known(attributes),
    links: links.flatMap((link) => {
      const context = contextOf(link);
      return context === null ? [] : [{ context }];
    }),
    ...(since === undefined ? {} : { startTime: origin + since }),
  };
}

function failed(span: OtelSpan, error: string): void {
  span.setAttribute('error.type', error);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

function known(attributes: Attributes): OtelAttributes {
  const entries = Object.entries(attributes).filter(([, value]) => value !== null);
  return Object.fromEntries(entries) as OtelAttributes;
}

/** The W3C form of a span's context, https://www.w3.org/TR/trace-context/#traceparent-header. */
function traceparentOf(context: SpanContext): string | null {
  if (!isSpanContextValid(context)) return null;
  const flags = context.traceFlags.toString(16).padStart(2, '0');
  return `00-${context.traceId}-${context.spanId}-${flags}`;
}

/** null: it is none, as where an older or newer Planwire wrote it in another form. */
function contextOf(traceparent: string): SpanContext | null {
  const [, traceId = '', spanId = '', flags = ''] =
    /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent) ?? [];
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(context) ? context : null;
}
