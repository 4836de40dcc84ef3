import { expect, it } from 'vitest';
import { pino } from 'pino';
import { parseConfig } from '../../src/config.ts';
import { loadPlanFile } from '../../src/plan-file/load.ts';
import { loadPlans } from '../../src/app/plans.ts';
import { startService } from '../../src/app/service.ts';
import { plansText } from '../support/plans.ts';
import { startRedis } from '../support/redis-server.ts';

async function startWorker(env: Readonly<Record<string, string>>) {
  const parsed = parseConfig(
    {
      STRIPE_WEBHOOK_SECRET: 'whsec_x',
      STRIPE_SECRET_KEY: 'sk_test_x',
      UNKEY_ROOT_KEY: 'unkey_x',
      HOST: '127.0.0.1',
      ADMIN_TOKEN: 'a-token-for-tests-only',
      ...env,
    },
    { isTTY: false },
  );
  const read = loadPlanFile(plansText, 'plans.yaml');
  if (!parsed.ok || !read.ok) throw new Error('the test has wrong settings');
  const { planFile, hash, text } = read;
  const loaded = await loadPlans(() => Promise.resolve({ ok: true, planFile, hash, text, warnings: [] }));
  if (!loaded.ok) throw new Error('the test has a wrong plan file');
  const log = pino({ level: 'silent' });
  return startService(parsed.config, { http: false, workers: true }, { log, plans: loaded.plans });
}

it('a worker opens a port only where it is given one, for probes and metrics alone', async () => {
  const redis = await startRedis();
  try {
    const closed = await startWorker({ REDIS_URL: redis.url, PORT: '1' });
    expect(closed.url).toBeNull();
    await closed.stop();

    const open = await startWorker({ REDIS_URL: redis.url, WORKER_PORT: '0' });
    const status = async (path: string, method = 'GET') =>
      (await fetch(`${open.url}${path}`, { method })).status;
    expect(await status('/healthz')).toBe(200);
    expect(await status('/readyz')).toBe(200);
    expect(await status('/webhooks/stripe', 'POST')).toBe(404);
    expect(await status('/v1/outcomes')).toBe(404);
    const metrics = await (await fetch(`${open.url}/metrics`)).text();
    expect(metrics).toContain('planwire_worker_concurrency{queue="syncs"} 20');
    expect(metrics).toContain('planwire_worker_rate_per_second{queue="syncs"} 8');
    await open.stop();
  } finally {
    await redis.stop();
  }
});
