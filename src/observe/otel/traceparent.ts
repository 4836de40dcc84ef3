import { isSpanContextValid, type SpanContext } from '@opentelemetry/api';

/** The W3C form of a span's context, https://www.w3.org/TR/trace-context/#traceparent-header. */
export function traceparentOf(context: SpanContext): string | null {
  if (!isSpanContextValid(context)) return null;
  const flags = context.traceFlags.toString(16).padStart(2, '0');
  return `00-${context.traceId}-${context.spanId}-${flags}`;
}

/** null: it is none, as where an older or newer Planwire wrote it in another form. */
export function contextOf(traceparent: string): SpanContext | null {
  const [, traceId = '', spanId = '', flags = ''] =
    /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent) ?? [];
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(context) ? context : null;
}
