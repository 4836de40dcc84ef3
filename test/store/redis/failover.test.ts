import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { afterEach, describe, it } from 'vitest';
import type { Verdict } from '../../../src/domain/work.ts';
import { openStore } from '../../../src/store/open.ts';
import { eventJob, fresh, until } from '../contracts/queue-contract.ts';
import { freePort } from '../../support/free-port.ts';
import { startRedisCluster } from '../../support/redis-cluster.ts';
import { startRedisProxy } from '../../support/redis-proxy.ts';
import { startRedis, type RedisServer } from '../../support/redis-server.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function server(args: readonly string[] = []): Promise<RedisServer> {
  const one = await startRedis({ args });
  cleanups.push(() => one.stop());
  return one;
}

async function redis(port: number, ...command: string[]): Promise<string> {
  return (await promisify(execFile)('redis-cli', ['-p', String(port), ...command])).stdout;
}

/** Redis waits 5 s for more replicas before it sends them its data. */
const atOnce = ['--repl-diskless-sync-delay', '0'];

const program = 'redis-server';

/** A primary and a replica that has everything. */
async function pair(): Promise<{ readonly primary: RedisServer; readonly replica: RedisServer }> {
  const primary = await server(atOnce);
  const replica = await server(['--replicaof', '127.0.0.1', String(primary.port), ...atOnce]);
  await until('the replica follows', async () =>
    (await redis(replica.port, 'INFO', 'replication')).includes('master_link_status:up'),
  );
  return { primary, replica };
}

/** Adds an event every 20 ms and takes them all; `acknowledged` and `taken` are event ids. */
async function traffic(redisUrl: string) {
  const store = await openStore({
    redisUrl,
    dataDir: '',
    prefix: 'planwire',
    retentionMs: 86_400_000,
    onError: () => undefined,
  });
  cleanups.push(() => store.close());
  await until('the store is healthy', async () => (await store.health()).ok);
  const taken = new Set<string>();
  const worker = store.work({
    queue: 'events',
    concurrency: 5,
    ratePerSecond: 10_000,
    handle({ eventId }): Promise<Verdict> {
      taken.add(eventId);
      return Promise.resolve({ kind: 'done' });
    },
  });
  await worker.ready();
  const acknowledged: string[] = [];
  const attempts = { refused: 0 };
  const ended = new AbortController();
  const feeding = (async () => {
    while (!ended.signal.aborted) {
      const id = fresh('evt');
      await store.events.add(eventJob(id)).then(
        () => acknowledged.push(id),
        () => (attempts.refused += 1),
      );
      await delay(20);
    }
  })();
  const stop = async (): Promise<void> => {
    ended.abort();
    await feeding;
  };
  cleanups.push(stop);
  return { store, acknowledged, taken, attempts, stop };
}

type Traffic = Awaited<ReturnType<typeof traffic>>;

/** Deliveries get through again, the worker goes on, and what was acknowledged since is taken. */
async function expectRecovery({ store, acknowledged, taken, stop }: Traffic): Promise<void> {
  const before = acknowledged.length;
  await until('deliveries are stored again', async () => acknowledged.length > before + 5, 20_000);
  await until('the store is healthy', async () => (await store.health()).ok, 20_000);
  await stop();
  await until('all of them are taken', async () => acknowledged.every((id) => taken.has(id)), 20_000);
}

describe('P3: after a failover of Redis', () => {
  it('a demoted primary that keeps its connections is left for the server that its name leads to', async () => {
    const { primary, replica } = await pair();
    const proxy = await startRedisProxy(primary.port);
    cleanups.push(() => proxy.stop());
    const sent = await traffic(`redis://127.0.0.1:${proxy.port}`);
    await until('events are taken', async () => sent.taken.size > 10);
    await redis(primary.port, 'FAILOVER', 'TO', '127.0.0.1', String(replica.port));
    await until('the replica leads', async () => (await redis(replica.port, 'ROLE')).startsWith('master'));
    proxy.leadTo(replica.port);
    await expectRecovery(sent);
    await until('no connection is left at the old primary', async () => {
      const clients = (await redis(primary.port, 'CLIENT', 'LIST')).trim().split('\n');
      return clients.every((line) => /cmd=client|flags=\S*[MS]/.test(line));
    });
  });

  it('sentinels are asked for the new primary', async () => {
    const { primary } = await pair();
    const sentinel = await startSentinel(primary.port);
    const sent = await traffic(`redis+sentinel://127.0.0.1:${sentinel}/mymaster`);
    await until('events are taken', async () => sent.taken.size > 10);
    await until('the sentinel knows the replica', async () =>
      (await redis(sentinel, 'SENTINEL', 'master', 'mymaster')).includes('num-slaves\n1'),
    );
    await until('a failover is agreed to', async () =>
      redis(sentinel, 'SENTINEL', 'FAILOVER', 'mymaster').then((said) => said.includes('OK')),
    );
    await until(
      'the primary is another',
      async () => {
        const [, port] = (await redis(sentinel, 'SENTINEL', 'get-master-addr-by-name', 'mymaster')).split(
          '\n',
        );
        return port !== String(primary.port);
      },
      30_000,
    );
    await expectRecovery(sent);
  });

  it('a cluster whose primary steps down goes on with its replica', async () => {
    const cluster = await startRedisCluster({ replicas: true });
    cleanups.push(() => cluster.stop());
    const sent = await traffic(cluster.url);
    await until('events are taken', async () => sent.taken.size > 10);
    for (const port of cluster.replicaPorts) {
      let askedAt = 0;
      await until(
        'the replica leads',
        async () => {
          if ((await redis(port, 'ROLE')).startsWith('master')) return true;
          // One that finds no votes is given up after 5 s; asked for sooner, it would begin anew.
          if (Date.now() - askedAt > 5_500) {
            askedAt = Date.now();
            await redis(port, 'CLUSTER', 'FAILOVER');
          }
          return false;
        },
        60_000,
      );
    }
    await expectRecovery(sent);
  });
});

async function startSentinel(primaryPort: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'planwire-sentinel-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  const port = await freePort();
  const file = join(folder, 'sentinel.conf');
  await writeFile(
    file,
    `port ${port}\nbind 127.0.0.1\ndir ${folder}\nsentinel monitor mymaster 127.0.0.1 ${primaryPort} 1\nsentinel down-after-milliseconds mymaster 1000\n`,
  );
  const child = spawn(program, [file, '--sentinel'], { stdio: 'ignore' });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  cleanups.push(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const client = new Redis({ port, lazyConnect: true, retryStrategy: () => 50 });
  client.on('error', () => undefined);
  await until('the sentinel answers', async () => (await client.ping()) === 'PONG', 10_000);
  client.disconnect();
  return port;
}
