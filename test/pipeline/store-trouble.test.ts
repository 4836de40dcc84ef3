import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startPipeline, waitFor, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';
import { startRedis, type RedisServer } from '../support/redis-server.ts';
import { subscribe } from '../support/subscriber.ts';
import { lateMachine } from '../support/late-machine.ts';

let redis: RedisServer;
let pipeline: Pipeline;
let admin: Redis;

const readyz = () => pipeline.get('/readyz');
const storeDetail = async () => {
  const { body } = await readyz();
  return (body as { store: { ok: boolean; detail?: string } }).store;
};

describe('P3: an event that was acknowledged is kept, and one that was not comes again, when Redis', () => {
  beforeEach(async () => {
    redis = await startRedis({ appendonly: 'everysec' });
    admin = new Redis(redis.url, { lazyConnect: true, retryStrategy: () => 100 });
    admin.on('error', () => undefined);
    pipeline = await startPipeline({
      store: 'redis',
      plans: plansText,
      env: { REDIS_URL: redis.url },
      overrides: { waits: { sweepEveryMs: 200 } },
    });
    makeCatalog(pipeline.stripe);
    await pipeline.settled();
  });
  afterEach(async () => {
    admin.disconnect();
    await pipeline.stop();
    await redis.stop();
  });

  /** Changes are made before, during and after the trouble; in the end every one has had its effect. */
  async function through(begin: () => Promise<unknown>, end: () => Promise<unknown>): Promise<void> {
    const before = Array.from({ length: 10 }, (_, n) => subscribe(pipeline, `b${n}`, { quantity: 2 }));
    await begin();
    const during = Array.from({ length: 10 }, (_, n) => subscribe(pipeline, `d${n}`, { quantity: 3 }));
    for (const each of before) each.change({ quantity: 4 });
    await waitFor(async () => !(await storeDetail()).ok, 15_000, 'readiness to say so');
    expect((await readyz()).status).toBe(503);
    await waitFor(() => pipeline.stripe.deliveries().some(({ status }) => status === 503), 15_000);
    await end();
    await waitFor(async () => (await readyz()).status === 200, 20_000, 'readiness to recover');
    await waitFor(() => before.every((each) => each.meta()['seats'] === 4), 30_000, 'all before');
    await waitFor(() => during.every((each) => each.meta()['seats'] === 3), 30_000, 'all during');
  }

  it('is killed and started again', { ...lateMachine, timeout: 90_000 }, async () => {
    await through(redis.kill9, redis.restart);
  });

  it('has no memory left', { ...lateMachine, timeout: 90_000 }, async () => {
    await through(
      async () => {
        await admin.config('SET', 'maxmemory-policy', 'noeviction');
        await admin.config('SET', 'maxmemory', '1');
      },
      () => admin.config('SET', 'maxmemory', '0'),
    );
  });

  it('has become a replica that cannot be written to', { ...lateMachine, timeout: 90_000 }, async () => {
    await through(
      () => admin.replicaof('127.0.0.1', '1'),
      () => admin.replicaof('NO', 'ONE'),
    );
  });
});
