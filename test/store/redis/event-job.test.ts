import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { askedObjects, type Concern, type EventJob } from '../../../src/domain/work.ts';
import { openStore } from '../../../src/store/open.ts';
import { jobOptions } from '../../../src/store/queue/options.ts';
import { longEvent, shortEvent } from '../../../src/store/redis/event-job.ts';
import { startRedis } from '../../support/redis-server.ts';
import * as fc from '../../support/property.ts';
import { until } from '../contracts/queue-contract.ts';

const text = fc.string({ unit: 'binary' });
const concern: fc.Arbitrary<Concern> = fc.oneof(
  text.map((customerId) => ({ kind: 'customer' as const, customerId })),
  fc.record({ kind: fc.constant('ask' as const), object: fc.constantFrom(...askedObjects), id: text }),
  fc.record({
    kind: fc.constant('catalog' as const),
    object: fc.constantFrom('price' as const, 'product' as const),
    id: text,
  }),
  text.map((reason) => ({ kind: 'none' as const, reason })),
);
const event: fc.Arbitrary<EventJob> = fc.record(
  {
    eventId: text,
    type: text,
    receivedAt: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
    concern,
    thin: fc.constant(true as const),
    caughtUp: fc.constant(true as const),
    traceparent: fc.string({ unit: 'binary', minLength: 1 }),
  },
  { requiredKeys: ['eventId', 'type', 'receivedAt', 'concern'] },
);

describe('what the job of an event holds in Redis', () => {
  it('is the whole event', () => {
    fc.assert(
      fc.property(event, (given) => {
        const short = shortEvent(given);
        expect(longEvent({ ...short, data: JSON.parse(short.data) })).toEqual(given);
      }),
    );
  });

  it('may be the event itself, as earlier versions wrote it', () => {
    fc.assert(
      fc.property(event, (given) => {
        expect(longEvent({ name: 'event', timestamp: 1, eventId: '', data: given })).toEqual(given);
      }),
    );
  });
});

const usual = {
  eventId: `evt_${'1'.repeat(24)}`,
  type: 'customer.subscription.trial_will_end',
  receivedAt: 1_796_000_000_000,
} as const;
const ordinary: Readonly<Record<string, EventJob>> = {
  'names its customer': { ...usual, concern: { kind: 'customer', customerId: `cus_${'1'.repeat(14)}` } },
  'is of a connected account': {
    ...usual,
    eventId: `evt_${'2'.repeat(24)}`,
    concern: { kind: 'customer', customerId: `acct_${'1'.repeat(16)}/cus_${'1'.repeat(14)}` },
  },
  'is thin': {
    ...usual,
    eventId: `evt_${'3'.repeat(24)}`,
    concern: { kind: 'ask', object: 'subscription', id: `sub_${'1'.repeat(24)}` },
    thin: true,
  },
};

describe('on Redis', () => {
  it('an ordinary event is held closely, and one that an earlier version left there is taken, too', async () => {
    const redis = await startRedis();
    const settings = { redisUrl: redis.url, dataDir: '', prefix: 'planwire', retentionMs: 86_400_000 };
    const store = await openStore({ ...settings, onError: () => undefined });
    const client = new Redis(redis.url);
    const queue = new Queue('events', { prefix: '{planwire}', connection: client });
    try {
      await until('the store is there', async () => (await store.health()).ok);
      for (const [what, job] of Object.entries(ordinary)) {
        expect(await store.events.add(job), what).toBe('queued');
        const id = await client.get(`{planwire}:events:de:${job.eventId}`);
        expect(await client.object('ENCODING', `{planwire}:events:${id}`), what).toBe('listpack');
      }
      const earlier = { ...usual, eventId: 'evt_earlier', concern: { kind: 'none', reason: 'x' } } as const;
      await queue.add('event', earlier, { ...jobOptions, deduplication: { id: 'evt_earlier', ttl: 60_000 } });

      // Each is refused once: what a job does not hold must not end it.
      const seen: EventJob[] = [];
      const worker = store.work({
        queue: 'events',
        concurrency: 5,
        ratePerSecond: 1_000,
        handle(job, { attemptsMade }) {
          seen.push(job);
          return attemptsMade === 0
            ? Promise.reject(new Error('refused'))
            : Promise.resolve({ kind: 'done' });
        },
      });
      const all = [...Object.values(ordinary), earlier];
      await until('each was seen twice', () => seen.length === 2 * all.length);
      for (const job of all)
        expect(seen.filter(({ eventId }) => eventId === job.eventId)).toEqual([job, job]);
      await until(
        'nothing is left',
        async () => (await client.keys('{planwire}:events:e?????*')).length <= 1,
      );
      await worker.close(1_000);
    } finally {
      await queue.close();
      client.disconnect();
      await store.close();
      await redis.stop();
    }
  });
});
