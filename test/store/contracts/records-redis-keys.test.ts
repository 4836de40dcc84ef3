import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { blankRecord } from '../../../src/domain/customer/customer-record.ts';
import { createRedisCustomers } from '../../../src/store/redis/customers.ts';
import { decodeOutcome, encodeOutcome } from '../../../src/store/redis/outcomes-document.ts';
import { createRedisOutcomes } from '../../../src/store/redis/outcomes.ts';
import type { RunStore } from '../../../src/domain/ports.ts';
import { aRun } from '../../support/run-fixture.ts';
import { anError, anOutcome } from '../../support/outcome-fixture.ts';
import { startRedis, type RedisServer } from '../../support/redis-server.ts';
import { redisRecords, retentionMs } from './records-backends.ts';

let server: RedisServer;
let redis: Redis;
beforeAll(async () => {
  server = await startRedis({ appendonly: 'always' });
  redis = new Redis(server.url);
  redis.on('error', () => undefined);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});
beforeEach(async () => {
  await redis.flushall();
});

describe('records in Redis', () => {
  test('every key begins with the prefix', async () => {
    const { customers, claims, outcomes, runs, values } = redisRecords(redis, '{other}');
    await customers.change('cus_1', (record) => ({
      ...record,
      nextCheckAt: 1,
      failingSince: 1,
      heldSince: 1,
    }));
    await claims.change('user_1', () => ({
      externalId: 'user_1',
      customerId: 'cus_1',
      granting: true,
      contenders: [],
    }));
    await outcomes.put(
      anOutcome({ id: 'out_1', finishedAt: Date.now(), status: 'failed', error: anError('a') }),
    );
    await outcomes.noteEvent({
      eventId: 'evt_1',
      type: 'x',
      receivedAt: Date.now(),
      customerIds: [],
      tickets: {},
    });
    await values.increment('epoch');
    await aRunWithRows(runs);
    const keys = await redis.keys('*');
    expect(keys.length).toBeGreaterThan(10);
    expect(keys.filter((key) => !key.startsWith('{other}:'))).toEqual([]);
  });

  test('changes go on after SCRIPT FLUSH and after a crash of the server, and what was stored is there', async () => {
    const { customers, outcomes } = redisRecords(redis, '{a}');
    const add = (): Promise<unknown> =>
      customers.change('cus_1', (record) => ({ ...record, ticket: record.ticket + 1 }));
    await add();
    await redis.script('FLUSH');
    await add();
    await outcomes.put(anOutcome({ id: 'out_1', finishedAt: Date.now() }));
    await server.kill9();
    await server.restart();
    await add();
    await outcomes.put(anOutcome({ id: 'out_2', finishedAt: Date.now() + 1 }));
    expect((await customers.read('cus_1'))?.ticket).toBe(3);
    expect((await outcomes.find('cus_1', 5)).map((outcome) => outcome.id)).toEqual(['out_2', 'out_1']);
  });

  test('fields that a record of an older version lacks start blank', async () => {
    await redis.set('{a}:customer:cus_1', JSON.stringify({ customerId: 'cus_1', ticket: 7 }));
    const customers = createRedisCustomers(redis, '{a}');
    expect(await customers.read('cus_1')).toEqual({ ...blankRecord('cus_1'), ticket: 7 });
    expect((await customers.change('cus_1', (record) => ({ ...record, plan: 'free' }))).ticket).toBe(7);
  });

  test('everything of outcomes expires, but nothing before the retention is over', async () => {
    const { outcomes } = redisRecords(redis, '{a}');
    await outcomes.put(
      anOutcome({ id: 'out_1', finishedAt: Date.now(), status: 'failed', error: anError('a') }),
    );
    await outcomes.noteEvent({
      eventId: 'evt_1',
      type: 'x',
      receivedAt: Date.now(),
      customerIds: [],
      tickets: {},
    });
    // The list by status is what pruning goes by, and is kept short by it.
    const expiring = (await redis.keys('*')).filter((key) => !key.includes(':status:'));
    expect(expiring.length).toBeGreaterThan(5);
    for (const key of expiring) {
      const left = await redis.pttl(key);
      expect(left, key).toBeGreaterThan(retentionMs - 60_000);
      expect(left, key).toBeLessThanOrEqual(retentionMs + 86_400_000);
    }
  });

  test('a run expires with its rows and with its place among those that wait', async () => {
    const { runs } = redisRecords(redis, '{a}');
    await aRunWithRows(runs);
    const expiring = (await redis.keys('*')).filter((key) => !/:runs(:open)?$/.test(key));
    expect(expiring).toHaveLength(3);
    for (const key of expiring) {
      const left = await redis.pttl(key);
      expect(left, key).toBeGreaterThan(retentionMs - 60_000);
      expect(left, key).toBeLessThanOrEqual(retentionMs);
    }
    await runs.prune(Date.now() + retentionMs + 1);
    expect((await redis.keys('*')).filter((key) => !key.includes(':waiting:'))).toEqual([]);
  });

  test('the index of a customer who never rests drops what the retention is over for', async () => {
    const outcomes = createRedisOutcomes(redis, '{a}', 1_000);
    const start = Date.now() - 10 * 86_400_000;
    for (let day = 0; day < 10; day += 1) {
      await outcomes.put(anOutcome({ id: `out_${day}`, finishedAt: start + day * 86_400_000 }));
    }
    expect(await redis.zcard('{a}:outcomes:of:cus_1')).toBeLessThanOrEqual(2);
  });

  test('a rare match far back is found over several bounded pages', async () => {
    const { outcomes } = redisRecords(redis, '{a}');
    const start = Date.now() - 60_000;
    await outcomes.put(anOutcome({ id: 'out_rare', finishedAt: start, status: 'held' }));
    const common = Array.from({ length: 6_000 }, (_, i) =>
      outcomes.put(anOutcome({ id: `out_${i + 10_000}`, finishedAt: start + 1 + i })),
    );
    await Promise.all(common);
    const first = await outcomes.list({ customerId: 'cus_1', status: 'held' }, null, 10);
    expect(first.items).toEqual([]);
    expect(first.nextCursor).not.toBeNull();
    const second = await outcomes.list({ customerId: 'cus_1', status: 'held' }, first.nextCursor, 10);
    expect(second.items.map((outcome) => outcome.id)).toEqual(['out_rare']);
    expect(second.nextCursor).toBeNull();
  });

  test('an outcome of usual size costs less than 2 KB, indexes included', async () => {
    const outcomes = createRedisOutcomes(redis, '{planwire}', retentionMs);
    const count = 200;
    for (let i = 0; i < count; i += 1) await outcomes.put(usualOutcome(i));
    let bytes = 0;
    for (const key of await redis.keys('*')) bytes += (await redis.memory('USAGE', key, 'SAMPLES', 0)) ?? 0;
    expect(bytes / count).toBeLessThan(2_048);
  });

  test('outcomes that an earlier version has stored stay readable', () => {
    const outcome = anOutcome({ id: 'out_1', finishedAt: 1_790_000_000_000 });
    expect(decodeOutcome(Buffer.from(storedInFormat1, 'base64')).outcome).toEqual(outcome);
    const stored = { outcome, ticket: 7 };
    expect(decodeOutcome(encodeOutcome(stored))).toEqual(stored);
  });

  test('an outcome in a format of a newer version is refused with a sentence', () => {
    expect(() => decodeOutcome(Buffer.from([9, 1, 2]))).toThrow(/^An outcome is stored in format 9/);
  });
});

async function aRunWithRows(runs: RunStore): Promise<void> {
  const run = aRun({ expiresAt: Date.now() + retentionMs });
  await runs.create(run);
  await runs.change(run.id, (held) => ({ ...held, note: 'seen' }), [{ number: 0, rows: [{ a: 1 }] }]);
}

/** One of few customers' outcomes, with ids of the length that the real ones have. */
function usualOutcome(i: number): ReturnType<typeof anOutcome> {
  const unlike = (length: number, salt: number): string => {
    let text = '';
    for (let n = i * 31 + salt; text.length < length; n = (n * 48_271 + 11) % 2_147_483_647)
      text += n.toString(36);
    return text.slice(0, length);
  };
  const customer = i % 20;
  const outcome = anOutcome({
    id: `out_${unlike(26, 1)}`,
    finishedAt: Date.now() + i,
    customerId: `cus_Q8b3V0aPlzX${customer + 10}A`,
    subscriptionIds: [`sub_1RZk3cBqTnX0aPlzX7mW${customer + 10}v`],
    identity: { externalId: `user_2nQx8Hc1Vd9sKq${customer + 10}`, id: `id_3kQ9sVdHc18x${customer + 10}Bq` },
  });
  const requestIds = outcome.requests.map((_, n) => `req_${unlike(16, n + 2)}`);
  return {
    ...outcome,
    requestId: requestIds[2] ?? null,
    cause: { ...outcome.cause, eventIds: [`evt_1${unlike(23, 9)}`] },
    requests: outcome.requests.map((request, n) => ({ ...request, requestId: requestIds[n] ?? null })),
  };
}

const storedInFormat1 =
  'AcVWy06DQBT9lZOuNCLhjkULxg9w56IrN4S2g0zaMshjQYz/bi60PAJpsMUaEhYzw703hzmPrzGQVihcDVjLuRe0pLlLDy455uLJeR/Emi4Cm1po09lw28Flz+ykWnQkYkA6yrka6RB/pR3/Ix0nZnq0pxlq/FiM3S8c3oXKDg7Prv6apVCZ3CNVHuEmTtRaonx7ZOAz98uLChK3Xf/nH4xVgZ3W2zzGVhblkrfXURbuCi79Vp8L/X5SMEDWM1SWNk1UChJmQ/PUBWOBO9iWhUAnkP46hA5AhDzib1ey0NEGhBcw8ohlAgq5xjKUOPKMK1fUMsAkwpGx4IvNOavaVhvzigFmVMg4LPf8fE4Txo8POdiDxLS5pFbrXidRppO+GXf11iFn2Izb50Rt2m03WZDRGDbNvn8A';
