import { execFileSync } from 'node:child_process';
import { Client } from 'pg';
import { afterEach, expect, test } from 'vitest';
import { migrateStore } from '../../../src/store/sql/open.ts';
import { openStore } from '../../../src/store/open.ts';
import { schemasOf } from '../../../src/store/sql/pool.ts';
import { StoreUnavailable, type Store } from '../../../src/store/store.ts';
import { eventJob, fresh, until } from '../contracts/queue-contract.ts';
import { startPostgres } from '../../support/postgres-server.ts';
import { lateMachine } from '../../support/late-machine.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function postgres(settings = ['synchronous_commit=on', 'fsync=on']) {
  const server = await startPostgres({ args: settings.flatMap((setting) => ['-c', setting]) });
  cleanups.push(() => server.stop());
  return server;
}

async function open(databaseUrl: string, prefix = 'planwire', migrate = true): Promise<Store> {
  const store = await openStore({
    databaseUrl,
    dataDir: '',
    prefix,
    retentionMs: 86_400_000,
    migrate,
    onError: () => undefined,
  });
  cleanups.push(() => store.close());
  return store;
}

const healthy = (store: Store) => until('the store is healthy', async () => (await store.health()).ok);

async function expectRefusal(store: Store) {
  const [event, sync, health] = await Promise.all([
    store.events.add(eventJob(fresh('evt'))).catch((cause: unknown) => cause),
    store.syncs.add(fresh('cus')).catch((cause: unknown) => cause),
    store.health(),
  ]);
  expect(event).toBeInstanceOf(StoreUnavailable);
  expect(sync).toBeInstanceOf(StoreUnavailable);
  expect(health.ok).toBe(false);
}

test('away at the start: a store opens, refuses within 2 s, and works by itself when PostgreSQL comes', async () => {
  const server = await postgres();
  await server.kill9();
  const store = await open(server.url);
  const seen: string[] = [];
  const worker = store.work({
    queue: 'events',
    concurrency: 2,
    ratePerSecond: 100,
    async handle({ eventId }) {
      seen.push(eventId);
      return { kind: 'done' };
    },
  });
  await expectRefusal(store);
  await server.restart();
  await healthy(store);
  await worker.ready();
  const eventId = fresh('evt');
  expect(await store.events.add(eventJob(eventId))).toBe('queued');
  await until('the worker has it', () => seen.includes(eventId));

  await server.kill9();
  await expectRefusal(store);
  await server.restart();
  await healthy(store);
  expect(await store.events.add(eventJob(eventId))).toBe('duplicate');
  const later = fresh('evt');
  expect(await store.events.add(eventJob(later))).toBe('queued');
  await until('the worker is back', () => seen.includes(later), 40_000);
});

test('its health is what a delivery would meet: with the tables gone it is not well, and says what to do', async () => {
  const server = await postgres();
  const store = await open(server.url);
  await healthy(store);
  const client = new Client(server.url);
  await client.connect();
  await client.query('DROP SCHEMA planwire_queues CASCADE');
  await client.end();
  await expectRefusal(store);
  expect((await store.health()).detail).toMatch(
    /^The tables of the schemas planwire and planwire_queues are gone: /,
  );
});

test('hung: adds are refused within 2 s, and taken again when it goes on', lateMachine, async () => {
  const server = await postgres();
  const store = await open(server.url);
  await healthy(store);
  const backends = execFileSync('ps', ['-o', 'pid=', '--ppid', String(server.pid)]).toString();
  const pids = [
    server.pid,
    ...backends
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map(Number),
  ];
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  try {
    await expectRefusal(store);
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  }
  await healthy(store);
  expect(await store.events.add(eventJob(fresh('evt')))).toBe('queued');
});

test('ten starts at once on an empty database all find it migrated', async () => {
  const server = await postgres();
  const stores = await Promise.all(Array.from({ length: 10 }, () => open(server.url)));
  await Promise.all(stores.map(healthy));
  const eventId = fresh('evt');
  const results = await Promise.all(stores.map((store) => store.events.add(eventJob(eventId))));
  expect(results.filter((result) => result === 'queued')).toHaveLength(1);
});

test('a store that may not migrate waits for those who may, and prefixes keep installations apart', async () => {
  const server = await postgres();
  const one = await open(server.url, 'one', false);
  await expectRefusal(one);
  await migrateStore({ databaseUrl: server.url, prefix: 'one' });
  await healthy(one);
  const two = await open(server.url, 'two');
  await healthy(two);
  expect(await one.events.add(eventJob('evt_shared'))).toBe('queued');
  expect(await two.events.add(eventJob('evt_shared'))).toBe('queued');
  await one.shared.set('name', 'one');
  expect(await two.shared.get('name')).toBeNull();
});

test('a process opens at most 12 connections, whatever it is asked at once', async () => {
  const server = await postgres();
  const store = await open(server.url);
  await healthy(store);
  await Promise.all(
    (['events', 'syncs'] as const).map((queue) =>
      store
        .work({
          queue,
          concurrency: 20,
          ratePerSecond: 1_000,
          handle: async () => ({ kind: 'drop' as const }),
        })
        .ready(),
    ),
  );
  await Promise.all(Array.from({ length: 200 }, () => store.events.add(eventJob(fresh('evt')))));
  const watcher = new Client({ connectionString: server.url });
  await watcher.connect();
  cleanups.push(() => watcher.end());
  const { rows } = await watcher.query<{ n: string }>(
    "SELECT count(*) AS n FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
  );
  expect(Number(rows[0]?.n)).toBeLessThanOrEqual(12);
});

test('a prefix that cannot name a schema is refused with a sentence', () => {
  expect(() => schemasOf('acme-1')).toThrow(/^STORE_PREFIX names a database schema/);
});

test('a server that may forget what it acknowledged is warned of', async () => {
  const durable = await open((await postgres()).url);
  await healthy(durable);
  expect((await durable.health()).warnings).toEqual([]);
  const forgetful = await open((await postgres(['synchronous_commit=off', 'fsync=off'])).url);
  await healthy(forgetful);
  expect((await forgetful.health()).warnings.join(' ')).toMatch(/fsync off.*synchronous_commit off/s);
});

test('a pause that a clock two hours ahead noted is ended, and one that a right clock noted is not', async () => {
  const server = await postgres();
  const store = await open(server.url);
  await healthy(store);
  const client = new Client({ connectionString: server.url });
  await client.connect();
  cleanups.push(() => client.end());
  const note = (queue: string, aheadMs: number) =>
    client.query(
      'INSERT INTO planwire_queues.rate_limit (queue, points, expire_at_ms) VALUES ($1, 9007199254740991, $2)',
      [queue, Date.now() + aheadMs],
    );
  await Promise.all([note('syncs', 2 * 3_600_000), note('events', 600_000)]);
  await store.clampWaits(900_000);
  const { rows } = await client.query<{ queue: string }>('SELECT queue FROM planwire_queues.rate_limit');
  expect(rows).toEqual([{ queue: 'events' }]);
  const done: string[] = [];
  const handle = (customerId: string) => {
    done.push(customerId);
    return Promise.resolve({ kind: 'done' as const });
  };
  await store.work({ queue: 'syncs', concurrency: 1, ratePerSecond: 100, handle }).ready();
  await store.syncs.add('cus_1');
  await until('the customer is synced', () => done.includes('cus_1'));
});
