import type { TracerProvider } from '@opentelemetry/api';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { noTracer, type Tracer } from '../domain/tracing.ts';
import { notInstalled } from '../not-installed.ts';
import { withTimeout } from '../with-timeout.ts';

export interface Tracing {
  readonly tracer: Tracer;
  /** Sends what is left, for as long as a process that ends may take for it. */
  close(): Promise<void>;
}

const off: Tracing = { tracer: noTracer, close: () => Promise.resolve() };
/** Longer than a batch may take: what is given up here would hold the process for the rest of it. */
const closeMs = 2_500;

/** OpenTelemetry is loaded here, by those who want traces. It is no reason not to start: without it nothing is traced. */
export async function openTracing(
  settings: Config['tracing'],
  { log, version }: { readonly log: Logger; readonly version: string },
): Promise<Tracing> {
  if (settings === null) return off;
  try {
    const [{ createOtelTracer }, { createProvider }] = await Promise.all([
      import('./otel/tracer.ts'),
      import('./otel/provider.ts'),
    ]);
    const onLoss = (error: unknown): void => log.warn({ err: error }, notSent);
    const provider = createProvider(settings, version, onLoss);
    log.info({ ratio: settings.ratio }, 'tracing');
    return {
      tracer: createOtelTracer(provider, version),
      // A collector that is away must not make an end look like a bad one.
      close: () => withTimeout(closeMs, provider.shutdown(), () => new Error('too late')).catch(onLoss),
    };
  } catch (error) {
    if (!notInstalled(error)) throw error;
    log.error({}, missing);
    return off;
  }
}

/** Spans into the provider of the program that Planwire lives in, which sends them. */
export async function tracerOf(provider: object, version: string): Promise<Tracer> {
  const { createOtelTracer } = await import('./otel/tracer.ts');
  return createOtelTracer(provider as TracerProvider, version);
}

const notSent =
  'spans could not be sent to OTEL_EXPORTER_OTLP_ENDPOINT and are lost; it has to take OTLP over HTTP, usually on port 4318';
const missing =
  'OTEL_EXPORTER_OTLP_ENDPOINT is set and nothing is traced, because OpenTelemetry is not installed: npm install @opentelemetry/sdk-trace @opentelemetry/resources @opentelemetry/exporter-trace-otlp-http beside planwire.';
