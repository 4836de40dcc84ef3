import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventJob } from '../../../src/domain/work.ts';
import type { NewEvent } from '../../../src/store/queue/engine.ts';
import { queueOptions } from '../../../src/store/queue/options.ts';
import { addEvents } from '../../../src/store/redis/add-events.ts';
import { startRedis, type RedisServer } from '../../support/redis-server.ts';
import * as fc from '../../support/property.ts';

/** Few ids: the same event comes again, in one lot and in later ones. */
const event: fc.Arbitrary<EventJob> = fc.record({
  eventId: fc.integer({ min: 1, max: 6 }).map((n) => `evt_${n}`),
  type: fc.constantFrom('customer.updated', 'invoice.paid'),
  // BullMQ takes 0 for no time.
  receivedAt: fc.integer({ min: 1, max: 2_000_000_000_000 }),
  concern: fc.string().map((customerId) => ({ kind: 'customer' as const, customerId })),
});
const lots = fc.array(fc.array(event, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 4 });

describe('events that are added together', () => {
  let server: RedisServer;
  let redis: Redis;
  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.url);
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  it.each([
    ['runs', () => Promise.resolve()],
    ['is paused', (queue: Queue) => queue.pause()],
    ['is at its limit', (queue: Queue) => queue.setGlobalConcurrency(1)],
  ])('leave in a queue that %s what they leave one by one', async (_state, prepare) => {
    await fc.assert(
      fc.asyncProperty(lots, async (given) => {
        await redis.flushall();
        const numbered = given.map((lot, l) => lot.map((of, n) => ({ event: of, jobId: `e${l}-${n}` })));
        const [together, alone] = await Promise.all(
          ['together', 'alone'].map(async (prefix) => {
            const queue = new Queue('events', { ...queueOptions, prefix, connection: redis });
            await queue.waitUntilReady();
            await prepare(queue);
            return queue;
          }),
        );
        if (together === undefined || alone === undefined) throw new Error('There are two queues.');
        for (const lot of numbered) {
          const added = await addEvents(redis, together, lot);
          expect(added).toEqual(await oneByOne(alone, lot));
        }
        const left = await everything(redis, 'together:');
        expect(left).toEqual(await everything(redis, 'alone:'));
        expect(Object.keys(left)).toContain('events:wait');
        await Promise.all([together.close(), alone.close()]);
      }),
      { numRuns: 25 },
    );
  });

  it('are added by a server that has forgotten the script', async () => {
    const queue = new Queue('events', { ...queueOptions, prefix: 'forgotten', connection: redis });
    await queue.waitUntilReady();
    await redis.script('FLUSH');
    const [first] = fc.sample(event, 1);
    if (first === undefined) throw new Error('There is one.');
    expect(await addEvents(redis, queue, [{ event: first, jobId: 'e1' }])).toEqual([true]);
    await queue.close();
  });

  it('fail together where Redis refuses one of them', async () => {
    const queue = new Queue('events', { ...queueOptions, prefix: 'refused', connection: redis });
    await queue.waitUntilReady();
    await redis.set('refused:events:wait', 'is no list');
    const lot = fc.sample(event, 3).map((of, n) => ({ event: of, jobId: `e${n}` }));
    await expect(addEvents(redis, queue, lot)).rejects.toThrow('WRONGTYPE');
    await queue.close();
  });
});

/** With BullMQ's own command for each. */
async function oneByOne(queue: Queue, lot: readonly NewEvent[]): Promise<readonly boolean[]> {
  const added: boolean[] = [];
  for (const each of lot) {
    const found = await queue.getDeduplicationJobId(each.event.eventId);
    await queue.add(each.event.type, 'data', {
      jobId: each.jobId,
      timestamp: each.event.receivedAt,
      deduplication: { id: each.event.eventId, ttl: 60_000 },
    });
    added.push(found === null);
  }
  return added;
}

/** Every key of a queue with what it holds, but for moments, job data and options, which are not the script's to make. */
async function everything(redis: Redis, prefix: string): Promise<Readonly<Record<string, unknown>>> {
  const keys = (await redis.keys(`${prefix}*`)).sort();
  const held = await Promise.all(keys.map((key) => contents(redis, key)));
  return Object.fromEntries(keys.map((key, n) => [key.slice(prefix.length), held[n]]));
}

async function contents(redis: Redis, key: string): Promise<unknown> {
  switch (await redis.type(key)) {
    case 'string':
      return [await redis.get(key), (await redis.pttl(key)) > 0];
    case 'list':
      return redis.lrange(key, 0, -1);
    case 'zset':
      return redis.zrange(key, 0, '-1', 'WITHSCORES');
    case 'stream':
      return (await redis.xrange(key, '-', '+')).map(([, fields]) => fields);
    default: {
      const { data, opts, ...rest } = await redis.hgetall(key);
      return { ...rest, hasData: data !== undefined, hasOptions: opts !== undefined };
    }
  }
}
