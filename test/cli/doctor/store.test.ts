import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createPresence } from '../../../src/app/presence.ts';
import { newWatch } from '../../../src/domain/plan-file/lease-watch.ts';
import { renewLease } from '../../../src/domain/plan-file/lease.ts';
import { withPing } from '../../../src/domain/pings.ts';
import { pingsName, planFileLeaseName } from '../../../src/domain/shared-names.ts';
import { usualWaits } from '../../../src/domain/upstream/waits.ts';
import { loadPlanFile } from '../../../src/plan-file/load.ts';
import { processChecks } from '../../../src/queries/doctor/store.ts';
import { openStore } from '../../../src/store/open.ts';
import type { Store } from '../../../src/store/store.ts';
import { createCircuitBreaker } from '../../../src/sync/circuit-breaker.ts';
import { rightInstallation, rightPlans, webhookUrl, type Installation } from '../../support/doctor.ts';
import { startPostgres } from '../../support/postgres-server.ts';
import { startRedis, type RedisServer } from '../../support/redis-server.ts';

let redis: RedisServer;
let careless: RedisServer;
let installation: Installation;
let store: Store;
let number = 0;

beforeAll(async () => {
  redis = await startRedis({ appendonly: 'always' });
  careless = await startRedis({ args: ['--maxmemory', '50mb', '--maxmemory-policy', 'allkeys-lru'] });
});
afterAll(async () => {
  await redis.stop();
  await careless.stop();
});
beforeEach(async () => {
  installation = await rightInstallation();
  await on(redis);
});
afterEach(async () => {
  await store.close();
  await installation.stop();
});

const loaded = loadPlanFile(rightPlans, 'plans.yaml');
const hash = loaded.ok ? loaded.hash : '';

async function on({ url }: RedisServer): Promise<void> {
  const prefix = `doctor${(number += 1)}`;
  Object.assign(installation.env, { REDIS_URL: url, STORE_PREFIX: prefix });
  store = await openStore({
    redisUrl: url,
    prefix,
    dataDir: '',
    retentionMs: 86_400_000,
    onError: () => undefined,
  });
  await vi.waitFor(async () => expect(await store.health()).toMatchObject({ ok: true }), 5_000);
}

async function runs(
  processId: string,
  more: Partial<Parameters<ReturnType<typeof createPresence>['say']>[0]> = {},
) {
  const said = { processId, roles: ['http', 'workers'] as const, version: '1', planFile: hash, stale: false };
  await createPresence(store.shared, Date.now).say({ ...said, startedAt: Date.now(), ...more });
}

async function found() {
  const { checks } = await installation.doctor();
  return checks.filter(({ status }) => status !== 'ok');
}

describe('planwire doctor, of a store that processes share', () => {
  it('finds in it the ping that one of them took', async () => {
    await runs('prc_1');
    installation.stripe.eventDestinations.create({
      id: 'ed_1',
      url: webhookUrl,
      enabled_events: ['v2.core.account.updated'],
    });
    const took = vi.waitFor(() => {
      const ping = installation.stripe.deliveries().find(({ type }) => type.endsWith('.ping'));
      if (ping === undefined) throw new Error('No ping was delivered yet.');
      return ping;
    }, 10_000);
    const [{ checks }] = await Promise.all([
      installation.doctor(),
      took.then(async ({ eventId }) => {
        await store.shared.change(pingsName, (text) => withPing(text, { eventId, receivedAt: 0 }));
      }),
    ]);
    const [check] = checks.filter(({ id }) => id === 'stripe.webhook.ping');
    expect(check?.detail).toMatch(/^A ping of ed_1 arrived/);
  });

  it('finds nothing where a worker runs the plan file that counts', async () => {
    await runs('prc_1');
    await counts(hash);
    expect(await found()).toEqual([]);
  });

  it('tells that nobody runs', async () => {
    expect(await found()).toMatchObject([
      { id: 'planwire.processes', status: 'warn', remedy: 'Run planwire start.' },
    ]);
  });

  it('tells of servers without a worker', async () => {
    await runs('prc_1', { roles: ['http'] });
    expect(await found()).toMatchObject([
      { id: 'planwire.workers', status: 'fail', remedy: 'Run planwire worker.' },
    ]);
  });

  it('names the worker that runs another plan file', async () => {
    await runs('prc_1');
    await runs('prc_old', { planFile: 'sha256:old', stale: true });
    await counts(hash);
    const [check, ...others] = await found();
    expect(others).toEqual([]);
    expect(check).toMatchObject({
      id: 'planwire.plan_file.processes',
      status: 'fail',
      remedy: 'Give it the newer plan file and restart it.',
    });
    expect(check?.detail).toMatch(
      /^prc_old on \S+ runs another plan file .*\(generation 1\), and writes nothing\.$/,
    );
  });

  it('tells that the plan file here is not that of the processes', async () => {
    await runs('prc_1', { planFile: 'sha256:theirs' });
    await counts('sha256:theirs');
    expect(await found()).toMatchObject([{ id: 'planwire.plan_file.processes', status: 'warn' }]);
  });

  it('tells of processes of two versions', async () => {
    await runs('prc_1');
    await runs('prc_2', { version: '2' });
    expect(await found()).toMatchObject([{ id: 'planwire.versions', status: 'warn' }]);
  });

  it('tells of syncs that wait for a repair, with the remedy', async () => {
    await runs('prc_1');
    const failure = {
      service: 'unkey',
      operation: 'identities.updateIdentity',
      kind: 'http',
      status: 403,
      type: null,
      title: 'Insufficient Permissions',
      detail: 'no',
      docs: null,
      requestId: null,
      retryAfterMs: null,
      rateLimitedReason: null,
    } as const;
    const next = {
      class: 'misconfigured',
      scope: 'queue',
      remedy: 'Give the key another permission.',
    } as const;
    const { shared, outcomes } = store;
    const breaker = createCircuitBreaker({
      shared,
      outcomes,
      waits: usualWaits,
      now: Date.now,
      announce: () => undefined,
    });
    await breaker.begin('unkey', failure, next, Date.now(), 'out_1');
    expect(await found()).toMatchObject([
      { id: 'planwire.queues.paused', status: 'fail', remedy: 'Give the key another permission.' },
    ]);
  });

  it('tells of jobs that nobody works off', async () => {
    await runs('prc_1');
    const processes = await createPresence(store.shared, Date.now).list();
    const queues = (oldestMs: number) =>
      processChecks({ processes, counts: null, paused: [], oldestMs }, hash).filter(
        ({ id }) => id === 'planwire.queues',
      );
    expect(queues(119_000)).toMatchObject([{ status: 'ok' }]);
    expect(queues(300_000)).toMatchObject([
      {
        status: 'fail',
        detail: expect.stringContaining('since 5 min') as string,
        remedy: expect.stringContaining('planwire worker') as string,
      },
    ]);
  });

  it('tells of a Redis that evicts, and of one that keeps no file', async () => {
    await store.close();
    await on(careless);
    await runs('prc_1');
    expect(await found()).toMatchObject([
      {
        id: 'planwire.store.evicts',
        status: 'fail',
        remedy: 'Set maxmemory-policy noeviction (it is allkeys-lru).',
      },
      {
        id: 'planwire.store.durable',
        status: 'warn',
        remedy: expect.stringMatching(/^Set appendonly yes/) as string,
      },
    ]);
  });
});

describe('planwire doctor, of a PostgreSQL', () => {
  it('tells of one that has no tables yet, and of one that refuses', async () => {
    const postgres = await startPostgres();
    onTestFinished(() => postgres.stop());
    delete installation.env['REDIS_URL'];
    installation.env['DATABASE_URL'] = postgres.url;
    expect(await found()).toMatchObject([
      {
        id: 'planwire.store',
        status: 'warn',
        remedy: expect.stringMatching(/^planwire start makes them/) as string,
      },
    ]);
    installation.env['DATABASE_URL'] = postgres.url.replace('planwire@', 'nobody:hidden@');
    const [check] = await found();
    expect(check).toMatchObject({ id: 'planwire.store', status: 'fail' });
    expect(JSON.stringify(check)).not.toContain('hidden');
  });
});

async function counts(planFile: string): Promise<void> {
  const claimant = { processId: 'prc_1', hash: planFile, beat: 1, deliberate: false };
  const lease = renewLease(null, claimant, newWatch(20_000, 0), Date.now());
  await store.shared.set(planFileLeaseName, JSON.stringify(lease));
}
