import { startOtlpCollector, type OtlpCollector, type ReceivedSpan } from './otlp-collector.ts';
import { waitFor } from './pipeline.ts';
import { createProcesses, startSandboxProcess } from './processes.ts';
import { startRedis } from './redis-server.ts';
import { makeRemoteCatalog } from './remote-sandbox.ts';

export interface TracedRun {
  /** The trace of the delivery that raised the customer's plan. */
  readonly trace: readonly ReceivedSpan[];
  readonly collector: Pick<OtlpCollector, 'spans' | 'headers'>;
}

/** A server and a worker, processes of their own, from one delivery to the confirmation of what it led to. */
export async function tracedRun(
  confirmAfterSeconds: number,
  env: Readonly<Record<string, string>> = {},
): Promise<TracedRun> {
  const redis = await startRedis();
  const collector = await startOtlpCollector();
  const processes = await createProcesses({
    REDIS_URL: redis.url,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    CONFIRM_AFTER_SECONDS: String(confirmAfterSeconds),
    ...env,
  });
  try {
    const sandbox = await startSandboxProcess(processes);
    await makeRemoteCatalog(sandbox);
    const [server, worker] = await Promise.all([
      processes.start('server', { env: { OTEL_SERVICE_NAME: 'server' } }),
      processes.start('worker', { env: { OTEL_SERVICE_NAME: 'worker' } }),
    ]);
    await sandbox.configureStripe({ webhookUrl: `${server.url}/webhooks/stripe` });
    await sandbox.putIdentity('user_1');
    const delivery = { copies: 0 };
    await sandbox.stripe('customers', { id: 'cus_1', metadata: { user_id: 'user_1' }, delivery });
    const items = [{ price: 'price_team', quantity: 1 }];
    const subscription = { id: 'sub_1', customer: 'cus_1', status: 'active', items };
    await sandbox.stripe('subscriptions', subscription);
    // The worker sends its spans every 5 s, and what is left when it ends.
    const isConfirmed = (): boolean => collector.spans().some(({ name }) => name === 'confirm');
    await waitFor(isConfirmed, (confirmAfterSeconds + 30) * 1000, 'the span of the confirmation');
    await Promise.all([server.end(), worker.end()]);
    const traceId = collector.spans().find(({ name }) => name === 'confirm')?.traceId;
    return { trace: collector.spans().filter((span) => span.traceId === traceId), collector };
  } finally {
    await processes.close();
    await Promise.all([collector.close(), redis.stop()]);
  }
}
