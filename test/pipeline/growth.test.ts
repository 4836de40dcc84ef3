import { Redis } from 'ioredis';
import { Client } from 'pg';
import { afterEach, expect, it } from 'vitest';
import { post } from '../support/admin.ts';
import type { CustomerStore } from '../../src/domain/ports.ts';
import { startPipeline, waitFor, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';
import { subscribe } from '../support/subscriber.ts';

const dayMs = 86_400_000;
let pipeline: Pipeline;
afterEach(() => pipeline.stop());

/**
 * What may stay for ever, whatever passed through: one entry for each customer with an identity and each claim, some
 * shared values, and what BullMQ keeps for each of its queues.
 */
const lasting = {
  redis: [
    /^customer:cus_growth\d+$/,
    /^claim:user_growth\d+$/,
    /^customers(:\w+)?$/,
    /^shared:[\w:]+$/,
    /^(events|syncs|bulk):(meta|id|events|marker|wait|delayed|active|stalled|pc|limiter|stalled-check)$/,
  ],
  sql: {
    customers: 3,
    claims: 3,
    shared_values: 20,
    record_migrations: 9,
    migration: 99,
    meta: 9,
    event: 400,
    rate_limit: 3,
    metrics: 9,
  } as Readonly<Record<string, number>>,
};

/** Everything that leaves something behind, once. */
async function runEverything(): Promise<void> {
  const { stripe } = pipeline;
  makeCatalog(stripe);
  const subscribers = [1, 2, 3].map((n) => subscribe(pipeline, `growth${n}`));
  await waitFor(() => subscribers.every((one) => one.last()?.status === 'applied'));
  subscribers[0]?.change({ quantity: 4 });
  subscribers[1]?.cancel();
  stripe.subscriptions.update(
    subscribers[2]?.subscription ?? '',
    { quantity: 2 },
    { style: 'thin', copies: 3 },
  );
  await post(pipeline, '/v1/syncs', { customer: 'cus_nobody' });
  await post(pipeline, '/v1/replays', { id: subscribers[0]?.customer ?? '' });
  stripe.prices.update('price_team', { lookup_key: 'team_monthly_2' });
  stripe.prices.update('price_team', { lookup_key: 'team_monthly' });
  await pipeline.settled();
  await waitFor(() => pipeline.outcomes.some(({ customerId }) => customerId === 'cus_nobody'));
  await pipeline.settled();
}

it.each(['redis', 'postgres', 'embedded'] as const)(
  'once every retention is over nothing is left but what is named here: %s',
  async (store) => {
    let ahead = 0;
    pipeline = await startPipeline({
      store,
      plans: plansText,
      env: { CONFIRM_AFTER_SECONDS: '1', OUTCOME_RETENTION_DAYS: '1' },
      overrides: { now: () => Date.now() + ahead, waits: { sweepEveryMs: 50 } },
    });
    await runEverything();
    const { context } = pipeline.service;
    expect(await context.store.customers.read('cus_nobody')).toBeNull();
    // What is still to be looked at would be, once time has moved.
    await waitFor(() => nothingIsToCome(context.store.customers));
    await waitFor(async () =>
      Object.values(await context.store.queueCounts()).every(
        ({ waiting, active, delayed }) => waiting + active + delayed === 0,
      ),
    );
    ahead = 400 * dayMs;
    await context.prune();
    const left = store === 'redis' ? await keysWithoutEnd() : await rowsBeyond();
    expect(left).toEqual([]);
  },
);

async function nothingIsToCome(customers: Pick<CustomerStore, 'list' | 'read'>): Promise<boolean> {
  const { items } = await customers.list(null, 100);
  const records = await Promise.all(items.map((id) => customers.read(id)));
  return records.every((record) => record?.nextCheckAt === null);
}

/** Keys that neither end by themselves nor may stay. */
async function keysWithoutEnd(): Promise<readonly string[]> {
  const redis = new Redis(pipeline.service.context.config.store.redisUrl ?? '');
  const keys = await redis.keys('*');
  const endless: string[] = [];
  for (const key of keys) if ((await redis.pttl(key)) === -1) endless.push(key.replace('{planwire}:', ''));
  await redis.quit();
  expect(endless.length).toBeGreaterThan(5);
  return endless.filter((key) => !lasting.redis.some((pattern) => pattern.test(key)));
}

/** Tables that hold more than may stay. */
async function rowsBeyond(): Promise<readonly string[]> {
  const { store } = pipeline.service.context.config;
  if (store.databaseUrl === null) await pipeline.service.stop();
  const ask = store.databaseUrl === null ? await embedded(store.dataDir) : await client(store.databaseUrl);
  const { rows } = await ask.query(
    `SELECT n.nspname || '.' || c.relname AS place, c.relname AS name FROM pg_class c
     JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname LIKE 'planwire%'`,
  );
  const beyond: string[] = [];
  for (const { place, name } of rows as { place: string; name: string }[]) {
    const counted = await ask.query(`SELECT count(*)::int AS n FROM ${place}`);
    const { n } = counted.rows[0] as { n: number };
    if (n > (lasting.sql[name] ?? 0)) beyond.push(`${place}: ${n}`);
  }
  expect(rows.length).toBeGreaterThan(8);
  await ask.end();
  return beyond;
}

interface Asking {
  query(text: string): Promise<{ readonly rows: readonly unknown[] }>;
  end(): Promise<void>;
}

async function client(url: string): Promise<Asking> {
  const connected = new Client({ connectionString: url });
  await connected.connect();
  return connected;
}

async function embedded(dataDir: string): Promise<Asking> {
  const { openPglite } = await import('../../src/store/embedded/database.ts');
  const database = await openPglite(dataDir, { records: 'planwire', queues: 'planwire_queues' });
  return { query: (text) => database.run(text, null), end: () => database.close(5_000) };
}
