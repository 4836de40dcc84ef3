import { z } from 'zod';

/** Where traces go. The settings have the names and the meaning that OpenTelemetry gives them. */

const otlpUrl = z
  .url({ protocol: /^https?$/, error: 'is not an http or https address' })
  .refine((url) => !/^\w+:\/\/[^/?#]*@/.test(url), {
    error: 'has a user or a password before the host; put credentials into OTEL_EXPORTER_OTLP_HEADERS',
  });

const otlpHeaders = z.string().transform((text, context): Readonly<Record<string, string>> => {
  const pairs = text.split(',').map((pair) => /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(pair));
  if (pairs.includes(null)) {
    context.addIssue({ code: 'custom', message: 'is not a comma-separated list of NAME=VALUE' });
    return z.NEVER;
  }
  return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', decoded(pair?.[2] ?? '')]));
});

const share = z
  .string()
  .regex(/^(0|1|0?\.\d+|1\.0+)$/, { error: 'is not a number from 0 to 1' })
  .transform(Number);

export const tracingFields = {
  OTEL_EXPORTER_OTLP_ENDPOINT: otlpUrl.optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: otlpUrl.optional(),
  OTEL_EXPORTER_OTLP_HEADERS: otlpHeaders.optional(),
  OTEL_SERVICE_NAME: z.string().default('planwire'),
  OTEL_TRACES_SAMPLER_ARG: share.prefault('1'),
  OTEL_SDK_DISABLED: z.string().default('false'),
};

export interface TracingSettings {
  /** The whole address that spans are posted to. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
  /** The share of traces that is kept, from 0 to 1. */
  readonly ratio: number;
}

const settings = z.object(tracingFields);

/** null: nobody wants traces. */
export function tracingFrom(env: z.infer<typeof settings>): TracingSettings | null {
  const base = env.OTEL_EXPORTER_OTLP_ENDPOINT;
  const url =
    env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ??
    (base === undefined ? null : `${base.replace(/\/+$/, '')}/v1/traces`);
  if (url === null || env.OTEL_SDK_DISABLED.toLowerCase() === 'true') return null;
  return {
    url,
    headers: env.OTEL_EXPORTER_OTLP_HEADERS ?? {},
    serviceName: env.OTEL_SERVICE_NAME,
    ratio: env.OTEL_TRACES_SAMPLER_ARG,
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
