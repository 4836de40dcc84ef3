import type { Redis } from 'ioredis';
import type { CustomerStore } from '../../domain/ports.ts';
import { decodeCursor, encodeCursor } from '../../domain/outcome/cursor.ts';
import {
  blankRecord,
  recordFrom,
  troubledSince,
  type CustomerRecord,
} from '../../domain/customer/customer-record.ts';
import type { Page } from '../../domain/outcome/outcome.ts';
import {
  believedDocuments,
  compareAndSwap,
  type ChangeableDocument,
  type Held,
} from '../compare-and-swap.ts';
import { readRange } from './documents-range.ts';
import { runScript, script, type RedisClient } from './scripts.ts';

/**
 * The record and every index on it change together, or a crash between them could lose a due customer. Answers 1, or
 * the text that is there instead.
 */
export const replaceRecordLua = `
local function replaceRecord(keys, args)
  local held = redis.call('GET', keys[1]) or ''
  if held ~= args[2] then return held end
  redis.call('SET', keys[1], args[3])
  local id = args[1]
  redis.call('ZADD', keys[2], 0, id)
  for i = 3, 4 do
    if args[i + 1] == '' then redis.call('ZREM', keys[i], id) else redis.call('ZADD', keys[i], args[i + 1], id) end
  end
  for i = 5, 6 do
    if args[i + 1] == '1' then redis.call('SADD', keys[i], id) else redis.call('SREM', keys[i], id) end
  end
  return 1
end
`;
const replaceScript = script(`${replaceRecordLua} return replaceRecord(KEYS, ARGV)`);

const forgetScript = script(`
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
  records: RedisRecords = redisRecords(redis, prefix),
): CustomerStore {
  const { key, keys, indexes } = records;
  return {
    async read(customerId) {
      const text = await redis.get(key(customerId));
      return text === null ? null : recordFrom(customerId, text);
    },
    change: (customerId, transition) =>
      compareAndSwap(records.document(customerId, replaceAlone(redis)), transition),
    async forget(record) {
      const { customerId } = record;
      const args = [customerId, JSON.stringify(record)];
      records.believed.delete(customerId);
      return (await runScript(redis, forgetScript, [key(customerId), ...indexes], args)) === 1;
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
  const records = texts.flatMap((text, i) => (text === null ? [] : [recordFrom(places[i]?.id ?? '', text)]));
  return {
    // A record may have recovered between the two reads.
    items: records.filter((record) => troubledSince(record) !== null),
    nextCursor: places.length < limit ? null : encodeCursor(last),
  };
}

/**
 * Sends what replaces a record if its text is still the one in the arguments; answers 1, or the text that is there; null:
 * it may not be replaced.
 */
export type ReplaceRecord = (keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;

const replaceAlone =
  (redis: RedisClient): ReplaceRecord =>
  (keys, args) =>
    runScript(redis, replaceScript, keys, args);

/** Where customer records lie, and how one is changed: shared by all that write them. */
export function redisRecords(redis: RedisClient, prefix: string) {
  const key = (customerId: string): string => `${prefix}:customer:${customerId}`;
  const keys = {
    all: `${prefix}:customers`,
    due: `${prefix}:customers:due`,
    troubled: `${prefix}:customers:troubled`,
    failing: `${prefix}:customers:failing`,
    held: `${prefix}:customers:held`,
  };
  const indexes = [keys.all, keys.due, keys.troubled, keys.failing, keys.held];
  const believed = believedDocuments<CustomerRecord, string>();
  const document = (
    customerId: string,
    replace: ReplaceRecord,
  ): ChangeableDocument<CustomerRecord, string> => ({
    name: `The record of customer ${customerId}`,
    // Nobody has to be known: what is there comes back where a write finds something else.
    believed: believed.get(customerId) ?? heldAs(customerId, ''),
    read: async () => heldAs(customerId, (await redis.get(key(customerId))) ?? ''),
    async replace(record, version) {
      const text = JSON.stringify(record);
      const found = await replace([key(customerId), ...indexes], argsOf(record, version, text));
      if (found === null) return null;
      const held = found === 1 ? { value: record, version: text } : heldAs(customerId, found as string);
      believed.set(customerId, held);
      return found === 1 || held;
    },
  });
  return { key, keys, indexes, believed, document };
}

export type RedisRecords = ReturnType<typeof redisRecords>;

function argsOf(record: CustomerRecord, version: string, text: string): readonly (string | number)[] {
  return [
    record.customerId,
    version,
    text,
    record.nextCheckAt ?? '',
    troubledSince(record) ?? '',
    record.failingSince === null ? '0' : '1',
    record.heldSince === null ? '0' : '1',
  ];
}

function heldAs(customerId: string, text: string): Held<CustomerRecord, string> {
  return { value: text === '' ? blankRecord(customerId) : recordFrom(customerId, text), version: text };
}
