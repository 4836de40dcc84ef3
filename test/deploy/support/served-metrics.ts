import { createTelemetry } from '../../../src/observe/telemetry.ts';

/** Names of every series that a process of Planwire can serve; a histogram has three. */
export async function servedMetrics(): Promise<ReadonlySet<string>> {
  const telemetry = createTelemetry();
  telemetry.gaugesFrom({});
  const { text } = await telemetry.metrics();
  const families = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  return new Set(
    families.flatMap(([, name = '', type]) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  );
}

/** Names of metrics in an expression; those of Prometheus's own functions have no such prefix. */
export function metricsIn(expression: string): readonly string[] {
  return [...expression.matchAll(/\b(?:planwire|process|nodejs)_\w+/g)].map(([name]) => name);
}
