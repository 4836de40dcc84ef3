import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { Tracer } from '../../src/domain/tracing.ts';
import { createOtelTracer } from '../../src/observe/otel/tracer.ts';

export interface SpanRecorder {
  readonly tracer: Tracer;
  readonly provider: TracerProvider;
  /** Every span that has ended so far. */
  spans(): readonly ReadableSpan[];
}

/** OpenTelemetry as one process has it, with its in-memory exporter at the end. */
export function recordSpans(): SpanRecorder {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  return {
    provider,
    tracer: createOtelTracer(provider, 'test'),
    spans: () => exporter.getFinishedSpans(),
  };
}
