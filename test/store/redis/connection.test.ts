import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, test } from 'vitest';
import type { Verdict } from '../../../src/domain/work.ts';
import { openStore } from '../../../src/store/open.ts';
import { parseRedisUrl } from '../../../src/store/redis/address.ts';
import { warningsIn } from '../../../src/store/redis/connection-health.ts';
import { StoreUnavailable, type Store } from '../../../src/store/store.ts';
import { eventJob, fresh, spawnWorker, until } from '../contracts/queue-contract.ts';
import { freePort } from '../../support/free-port.ts';
import { startRedis, type RedisServer } from '../../support/redis-server.ts';
import { lateMachine } from '../../support/late-machine.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function redis(options: Parameters<typeof startRedis>[0] = {}): Promise<RedisServer> {
  const server = await startRedis(options);
  cleanups.push(() => server.stop());
  return server;
}

async function open(redisUrl: string, prefix = 'planwire') {
  const errors: Error[] = [];
  const store = await openStore({
    redisUrl,
    dataDir: '',
    prefix,
    retentionMs: 86_400_000,
    onError: (error) => errors.push(error),
  });
  cleanups.push(() => store.close());
  return { store, errors };
}

const done = (): Promise<Verdict> => Promise.resolve({ kind: 'done' });

const healthy = (store: Store) => until('the store is healthy', async () => (await store.health()).ok);

/** Adds must reject in time with the error that HTTP answers 503 to. */
async function expectRefusal(store: Store) {
  const [event, sync, health] = await Promise.all([
    store.events.add(eventJob(fresh('evt'))).catch((cause: unknown) => cause),
    store.syncs.add(fresh('cus')).catch((cause: unknown) => cause),
    store.health(),
    expect(store.syncs.outstanding()).rejects.toBeInstanceOf(StoreUnavailable),
  ]);
  expect(event).toBeInstanceOf(StoreUnavailable);
  expect(sync).toBeInstanceOf(StoreUnavailable);
  expect(health.ok).toBe(false);
  expect(health.detail).toMatch(/^Redis /);
}

describe('with Redis away', lateMachine, () => {
  test('a store opens at once, refuses within 2 s, and works by itself when Redis comes', async () => {
    const server = await redis();
    await server.kill9();
    const { store } = await open(server.url);
    await expectRefusal(store);
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
    await server.restart();
    await healthy(store);
    await worker.ready();
    const eventId = fresh('evt');
    expect(await store.events.add(eventJob(eventId))).toBe('queued');
    await until('the worker has it', () => seen.includes(eventId));
  });

  test('killed: adds are refused within 2 s, and taken again after a restart', async () => {
    const server = await redis({ appendonly: 'always' });
    const { store } = await open(server.url);
    await healthy(store);
    const before = fresh('evt');
    await store.events.add(eventJob(before));
    await server.kill9();
    await expectRefusal(store);
    await server.restart();
    await healthy(store);
    expect(await store.events.add(eventJob(before))).toBe('duplicate');
    expect(await store.events.add(eventJob(fresh('evt')))).toBe('queued');
  });

  test('hung: adds are refused within 2 s, and taken again when it goes on', async () => {
    const server = await redis();
    const { store } = await open(server.url);
    await healthy(store);
    process.kill(server.pid, 'SIGSTOP');
    try {
      await expectRefusal(store);
      await expectRefusal(store);
    } finally {
      process.kill(server.pid, 'SIGCONT');
    }
    await healthy(store);
    expect(await store.events.add(eventJob(fresh('evt')))).toBe('queued');
  });

  test('hung from the start: a store opens, refuses within 2 s, and works when it goes on', async () => {
    const server = await redis();
    process.kill(server.pid, 'SIGSTOP');
    try {
      const { store } = await open(server.url);
      await expectRefusal(store);
      process.kill(server.pid, 'SIGCONT');
      await healthy(store);
      expect(await store.events.add(eventJob(fresh('evt')))).toBe('queued');
    } finally {
      process.kill(server.pid, 'SIGCONT');
    }
  });

  test('closing a store whose Redis never came ends', async () => {
    const { store } = await open(`redis://127.0.0.1:${await freePort()}`);
    store.work({ queue: 'syncs', concurrency: 1, ratePerSecond: 1, handle: done });
    await store.close();
  });

  test('a handler whose lock is gone is told so while it runs', async () => {
    const server = await redis();
    const { store } = await open(server.url);
    await healthy(store);
    const told: boolean[] = [];
    const worker = store.work({
      queue: 'syncs',
      concurrency: 1,
      ratePerSecond: 100,
      async handle(_, { signal, lost }) {
        told.push(lost());
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        told.push(lost());
        return { kind: 'done' };
      },
    });
    await worker.ready();
    await store.syncs.add(fresh('cus'));
    await until('it runs', () => told.length === 1);
    const admin = new Redis(server.url);
    cleanups.push(() => admin.disconnect());
    const locks = await admin.keys('{planwire}:syncs:*:lock');
    expect(locks).toHaveLength(1);
    await admin.set(locks[0] ?? '', 'another worker', 'PX', 60_000);
    await until('it was told', () => told.length === 2);
    expect(told).toEqual([false, true]);
  });

  test('a restart under load loses no sync and lets none overlap', async () => {
    const server = await redis({ appendonly: 'always' });
    const { store } = await open(server.url);
    await healthy(store);
    const customers = Array.from({ length: 20 }, () => fresh('cus'));
    const wanted = new Map<string, number>();
    const seen = new Map<string, number>();
    const running = new Set<string>();
    let overlaps = 0;
    const worker = store.work({
      queue: 'syncs',
      concurrency: 10,
      ratePerSecond: 1_000,
      async handle(customerId) {
        if (running.has(customerId)) overlaps += 1;
        running.add(customerId);
        const version = wanted.get(customerId) ?? 0;
        await new Promise((resolve) => setTimeout(resolve, 20));
        seen.set(customerId, version);
        running.delete(customerId);
        return { kind: 'done' };
      },
    });
    await worker.ready();
    for (let round = 1; round <= 60; round += 1) {
      for (const customerId of customers) {
        const added = await store.syncs.add(customerId).then(
          () => true,
          () => false,
        );
        // What was refused may have arrived all the same; what was taken must be seen.
        if (added) wanted.set(customerId, round);
      }
      if (round === 20) await server.kill9();
      if (round === 25) await server.restart();
      if (round > 25) await healthy(store);
    }
    // A promise of the last round holds for a run that read before it was noted, too.
    for (const customerId of customers) await store.syncs.add(customerId);
    await until('all is seen', () => customers.every((id) => seen.get(id) === wanted.get(id)), 40_000);
    expect(overlaps).toBe(0);
    expect([...wanted.values()].every((round) => round === 60)).toBe(true);
  });
});

describe('what Redis can be told', () => {
  test('a password and an ACL user are used, and a wrong one is named without being shown', async () => {
    const server = await redis();
    const admin = new Redis(server.url);
    cleanups.push(() => admin.disconnect());
    // All it may do: its own keys, and no dangerous command but INFO.
    await admin.call(
      'ACL',
      'SETUSER',
      'planwire',
      'on',
      '>s3cret:/@',
      '~{acme}*',
      '&*',
      '+@all',
      '-@dangerous',
      '+info',
    );
    const secret = encodeURIComponent('s3cret:/@');
    const { store } = await open(`redis://planwire:${secret}@127.0.0.1:${server.port}`, 'acme');
    await healthy(store);
    expect(await store.events.add(eventJob(fresh('evt')))).toBe('queued');

    const wrong = await open(`redis://planwire:wr0ng@127.0.0.1:${server.port}`, 'acme');
    await until('it says why', async () => /password/.test((await wrong.store.health()).detail ?? ''));
    expect(JSON.stringify([await wrong.store.health(), wrong.errors.map(String)])).not.toContain('wr0ng');
  });

  test('TLS is used, and a certificate that nobody vouches for is refused', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'planwire-tls-'));
    cleanups.push(() => rm(dir, { recursive: true, force: true }));
    const [key, certificate] = [join(dir, 'key.pem'), join(dir, 'certificate.pem')];
    const request =
      'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost';
    const files = ['-keyout', key, '-out', certificate, '-addext', 'subjectAltName=DNS:localhost'];
    await promisify(execFile)('openssl', [...request.split(' '), ...files]);
    const port = await freePort();
    const tls = `--tls-port ${port} --tls-auth-clients no --tls-key-file ${key} --tls-cert-file ${certificate} --tls-ca-cert-file ${certificate}`;
    await redis({ args: tls.split(' ') });
    const redisUrl = `rediss://localhost:${port}`;
    const { store } = await open(redisUrl);
    await until('it says why', async () => /certificate/.test((await store.health()).detail ?? ''));

    const customerId = fresh('cus');
    const trusting = spawnWorker(
      { redisUrl, dataDir: '', prefix: 'planwire', retentionMs: 1_000 },
      customerId,
      {
        NODE_EXTRA_CA_CERTS: certificate,
      },
    );
    cleanups.push(() => trusting.kill9());
    await until('the process took it', () => trusting.output().includes(`took ${customerId}`));
  });

  test('two installations with different prefixes share a server without seeing each other', async () => {
    const server = await redis();
    const [one, two] = [(await open(server.url, 'one')).store, (await open(server.url, 'two')).store];
    await Promise.all([healthy(one), healthy(two)]);
    expect(await one.events.add(eventJob('evt_shared'))).toBe('queued');
    expect(await two.events.add(eventJob('evt_shared'))).toBe('queued');
    expect((await one.queueCounts()).events.waiting).toBe(1);
    await one.shared.set('name', 'one');
    expect(await two.shared.get('name')).toBeNull();
  });

  test('every connection is counted: 1 without workers, 4 with both', async () => {
    const server = await redis();
    const { store } = await open(server.url);
    await healthy(store);
    const watcher = new Redis(server.url);
    cleanups.push(() => watcher.disconnect());
    const others = async () => {
      const list = String(await watcher.call('CLIENT', 'LIST'));
      return list.trim().split('\n').length - 1;
    };
    expect(await others()).toBe(1);
    await Promise.all(
      (['events', 'syncs'] as const).map((queue) =>
        store.work({ queue, concurrency: 20, ratePerSecond: 100, handle: done }).ready(),
      ),
    );
    expect(await others()).toBe(4);
  });
});

describe('what is wrong with Redis is said', () => {
  test('a full memory refuses adds by its name', async () => {
    const server = await redis({ args: ['--maxmemory', '1', '--maxmemory-policy', 'noeviction'] });
    const { store } = await open(server.url);
    await until('it says why', async () => /OOM/.test((await store.health()).detail ?? ''));
    const refusal = () => store.events.add(eventJob(fresh('evt'))).catch((cause: unknown) => String(cause));
    await until('an add says why', async () => /memory is full \(OOM\)/.test(await refusal()));
  });

  test('a read-only replica refuses adds by its name', async () => {
    const primary = await redis();
    const replica = await redis({ args: ['--replicaof', '127.0.0.1', String(primary.port)] });
    const { store } = await open(replica.url);
    await until('it says why', async () => /READONLY/.test((await store.health()).detail ?? ''));
    const refusal = () => store.syncs.add(fresh('cus')).catch((cause: unknown) => String(cause));
    await until('an add says why', async () => /READONLY/.test(String(await refusal())));
  });

  test('a server without an append-only file and with eviction is warned of', async () => {
    const server = await redis({ args: ['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru'] });
    const { store } = await open(server.url);
    await healthy(store);
    const { warnings } = await store.health();
    expect(warnings).toHaveLength(2);
    expect(warnings.join(' ')).toMatch(/noeviction.*allkeys-lru.*appendonly yes/s);

    const durable = await redis({ appendonly: 'everysec' });
    const kept = (await open(durable.url)).store;
    await healthy(kept);
    expect((await kept.health()).warnings).toEqual([]);
  });

  test('a failed save is warned of', () => {
    expect(
      warningsIn('aof_enabled:1\r\naof_last_write_status:err\r\nmaxmemory_policy:noeviction\r\n'),
    ).toEqual([expect.stringContaining('failed to save')]);
  });
});

describe('REDIS_URL', () => {
  test('names hosts, TLS, user, password and database', () => {
    expect(parseRedisUrl('rediss://u:p%40@h/2')).toEqual({
      hosts: [{ host: 'h', port: 6379 }],
      options: { username: 'u', password: 'p@', tls: {}, db: 2 },
    });
    expect(parseRedisUrl('rediss+sentinel://u:p@s1,s2:26380/main/3?sentinelPassword=q')).toEqual({
      hosts: [
        { host: 's1', port: 26_379 },
        { host: 's2', port: 26_380 },
      ],
      options: { username: 'u', password: 'p', tls: {}, db: 3 },
      sentinel: { name: 'main', enableTLSForSentinelMode: true, sentinelPassword: 'q' },
    });
    expect(() => parseRedisUrl('redis+sentinel://s1:26379')).toThrow('name the primary');
    expect(parseRedisUrl('redis://[::1]:7000').hosts).toEqual([{ host: '::1', port: 7000 }]);
  });

  test('with several hosts is a Cluster, written in full or short', () => {
    const hosts = [
      { host: 'a', port: 7000 },
      { host: 'b', port: 7001 },
      { host: 'c', port: 6379 },
    ];
    expect(parseRedisUrl('redis://:pw@a:7000,b:7001,c').hosts).toEqual(hosts);
    expect(parseRedisUrl('redis://a:7000, redis://b:7001, redis://c').hosts).toEqual(hosts);
    expect(parseRedisUrl('redis://:pw@a:7000,b:7001').options).toEqual({ password: 'pw' });
  });

  test.each(['http://h', 'redis://', 'h:6379', '', 'redis://u:hunter2@h/x', 'redis://:hunter2@a/1,b'])(
    'that is wrong (%s) gets one sentence without the password',
    (text) => {
      const error = (() => {
        try {
          parseRedisUrl(text);
          return null;
        } catch (cause) {
          return cause as Error;
        }
      })();
      expect(error?.message).toMatch(/^REDIS_URL/);
      expect(error?.message).not.toContain('hunter2');
    },
  );
});
