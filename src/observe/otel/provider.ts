import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type Sampler,
  type SpanExporter,
} from '@opentelemetry/sdk-trace';
import type { Config } from '../../config.ts';

type TracingSettings = NonNullable<Config['tracing']>;

/** For a batch with its retries, which hold a process that ends. */
const timeoutMillis = 2_000;
/** An endpoint that is away is said so often. */
const sayAgainMs = 60_000;

/** Spans to the endpoint of the settings, in batches. `onLoss` is told now and then that some could not be sent. */
export function createProvider(
  settings: TracingSettings,
  version: string,
  onLoss: (error: unknown) => void,
): TracerProvider {
  const { url, headers, serviceName } = settings;
  const exporter = tellingOfLoss(new OTLPTraceExporter({ url, headers, timeoutMillis }), onLoss);
  return new TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': serviceName, 'service.version': version }))
      .merge(detectResources({ detectors: [envDetector] })),
    sampler: samplerOf(settings),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
}

/** Whoever reads a trace sees all of it or nothing: a span goes by what was decided where its trace began. */
function samplerOf({ ratio }: TracingSettings): Sampler {
  if (ratio <= 0) return new ParentBasedSampler({ root: new AlwaysOffSampler() });
  const root = ratio >= 1 ? new AlwaysOnSampler() : new TraceIdRatioBasedSampler(ratio);
  return new ParentBasedSampler({ root });
}

/** OpenTelemetry's own reports go to a global logger that nobody set. */
function tellingOfLoss(exporter: SpanExporter, onLoss: (error: unknown) => void): SpanExporter {
  let saidAt = Number.NEGATIVE_INFINITY;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const isNews = performance.now() - saidAt > sayAgainMs;
        if (result.error !== undefined && isNews) {
          saidAt = performance.now();
          onLoss(result.error);
        }
        done(result);
      });
    },
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  };
}
