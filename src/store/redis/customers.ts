import type { CustomerStore } from '../../domain/ports.ts';
import type { Redis } from 'ioredis';
import { decodeCursor, encodeCursor } from '../../domain/outcome/cursor.ts';
import { blankRecord, type CustomerRecord } from '../../domain/customer/customer-record.ts';
import type { Page } from '../../domain/outcome/outcome.ts';
import { troubledSince } from '../../domain/customer/troubled-since.ts';
import { compareAndSwap } from '../compare-and-swap.ts';
import { readRange } from './documents-range.ts';
import { runScript, script, type RedisClient } from './scripts.ts';

/** The record and every index on it change together, or a crash between them could lose a due customer. */
const REPLACE_RECORD = script(`
local held = redis.call('GET', KEYS[1])
if (held or '') ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[3])
local id = ARGV[1]
redis.call('ZADD', KEYS[2], 0, id)
for i = 3, 4 do
  if ARGV[i + 1] == '' then redis.call('ZREM', KEYS[i], id) else redis.call('ZADD', KEYS[i], ARGV[i + 1], id) end
end
for i = 5, 6 do
  if ARGV[i + 1] == '1' then redis.call('SADD', KEYS[i], id) else redis.call('SREM', KEYS[i], id) end
end
return 1
`);

const FORGET_RECORD = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[2] then return 0 end
redis.call('DEL', KEYS[1])
for i = 2, 4 do redis.call('ZREM', KEYS[i], ARGV[1]) end
for i = 5, 6 do redis.call('SREM', KEYS[i], ARGV[1]) end
return 1
`);

/**
 * Customer records in Redis, under keys that begin with `prefix`; with Cluster the prefix carries a hash tag, so that
 * a record and its indexes share a slot. `clock` decides what `counts` calls due.
 */
export function createRedisCustomers(
  redis: RedisClient,
  prefix: string,
  clock: () => number = Date.now,
): CustomerStore {
  const key = (customerId: string): string => `${prefix}:customer:${customerId}`;
  const keys = {
    all: `${prefix}:customers`,
    due: `${prefix}:customers:due`,
    troubled: `${prefix}:customers:troubled`,
    failing: `${prefix}:customers:failing`,
    held: `${prefix}:customers:held`,
  };
  const indexes = [keys.all, keys.due, keys.troubled, keys.failing, keys.held];
  return {
    async read(customerId) {
      const text = await redis.get(key(customerId));
      return text === null ? null : parse(customerId, text);
    },
    change: (customerId, transition) =>
      compareAndSwap(
        {
          name: `The record of customer ${customerId}`,
          async read() {
            const text = await redis.get(key(customerId));
            return text === null
              ? { value: blankRecord(customerId), version: '' }
              : { value: parse(customerId, text), version: text };
          },
          replace: (record, version) => replace(redis, [key(customerId), ...indexes], record, version),
        },
        transition,
      ),
    async forget(record) {
      const { customerId } = record;
      const args = [customerId, JSON.stringify(record)];
      return (await runScript(redis, FORGET_RECORD, [key(customerId), ...indexes], args)) === 1;
    },
    due: (now, limit, after) =>
      readDue(redis, keys.due, after === undefined ? '-inf' : `(${after}`, now, limit),
    async list(cursor, limit) {
      const from = cursor === null ? '-' : `(${cursor}`;
      const items = await (redis as Redis).zrangebylex(keys.all, from, '+', 'LIMIT', 0, limit + 1);
      return items.length > limit
        ? { items: items.slice(0, limit), nextCursor: items[limit - 1] ?? null }
        : { items, nextCursor: null };
    },
    troubled: (cursor, limit) => readTroubled(redis, keys.troubled, key, { cursor, limit }),
    async counts() {
      const [known, failing, held, due] = await Promise.all([
        redis.zcard(keys.all),
        redis.scard(keys.failing),
        redis.scard(keys.held),
        redis.zcount(keys.due, '-inf', clock()),
      ]);
      return { known, failing, held, due };
    },
  };
}

function readDue(redis: RedisClient, index: string, from: string, to: number, limit: number) {
  return (redis as Redis).zrangebyscore(index, from, to, 'LIMIT', 0, limit);
}

async function readTroubled(
  redis: RedisClient,
  index: string,
  key: (customerId: string) => string,
  { cursor, limit }: { readonly cursor: string | null; readonly limit: number },
): Promise<Page<CustomerRecord>> {
  const after = cursor === null ? null : decodeCursor(cursor);
  const range = { order: 'oldest first', after, min: '-inf', max: '+inf', count: limit } as const;
  const places = await readRange(redis, [index], range);
  const last = places.at(-1);
  if (last === undefined) return { items: [], nextCursor: null };
  const texts = await redis.mget(places.map((place) => key(place.id)));
  const records = texts.flatMap((text, i) => (text === null ? [] : [parse(places[i]?.id ?? '', text)]));
  return {
    // A record may have recovered between the two reads.
    items: records.filter((record) => troubledSince(record) !== null),
    nextCursor: places.length < limit ? null : encodeCursor(last),
  };
}

async function replace(
  redis: RedisClient,
  keys: readonly string[],
  record: CustomerRecord,
  version: string,
): Promise<boolean> {
  const replaced = await runScript(redis, REPLACE_RECORD, keys, [
    record.customerId,
    version,
    JSON.stringify(record),
    record.nextCheckAt ?? '',
    troubledSince(record) ?? '',
    record.failingSince === null ? '0' : '1',
    record.heldSince === null ? '0' : '1',
  ]);
  return replaced === 1;
}

/** Fields that a record of an older version lacks start blank. */
function parse(customerId: string, text: string): CustomerRecord {
  return { ...blankRecord(customerId), ...(JSON.parse(text) as Partial<CustomerRecord>) };
}
