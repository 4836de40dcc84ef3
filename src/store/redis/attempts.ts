import type { AttemptStore } from '../../domain/ports.ts';
import { compareAndSwap } from '../compare-and-swap.ts';
import { claimKey } from './claims.ts';
import { replaceRecordLua, type RedisRecords } from './customers.ts';
import { outcomeKeys } from './outcomes-index.ts';
import { putOutcome, putOutcomeLua, putting } from './outcomes-write.ts';
import { runScript, script, type RedisClient } from './scripts.ts';
import { createRedisSharedValues, sharedKey } from './shared-values.ts';

/** The values in a list, or the text of the record that is there instead. ARGV 1: how many keys are the record's. */
const beginScript = script(`
${replaceRecordLua}
local keys = tonumber(ARGV[1])
local replaced = replaceRecord({unpack(KEYS, 1, keys)}, {unpack(ARGV, 2)})
if replaced ~= 1 then return replaced end
return redis.call('MGET', unpack(KEYS, keys + 1))
`);

/**
 * Both or neither: 1, or the text of the record that is there instead, or in a list who holds the claim. The first key
 * is the claim's. ARGV 1 and 2: how many keys and arguments are the record's; the others are the outcome's. ARGV 3: whose
 * the claim must be; empty: whoever's.
 */
const endScript = script(`
${replaceRecordLua}
${putOutcomeLua}
local keys, args, claimant = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
if claimant ~= '' then
  local claim = redis.call('GET', KEYS[1])
  local holder = claim and cjson.decode(claim).customerId or claimant
  if holder ~= claimant then return {holder} end
end
local replaced = replaceRecord({unpack(KEYS, 2, 1 + keys)}, {unpack(ARGV, 4, 3 + args)})
if replaced ~= 1 then return replaced end
return putOutcome({unpack(KEYS, keys + 2)}, {unpack(ARGV, args + 4)})
`);

/** One command for the beginning of a sync, and one for its end. */
export function createRedisAttempts(
  redis: RedisClient,
  prefix: string,
  retentionMs: number,
  records: RedisRecords,
): AttemptStore {
  const keys = outcomeKeys(prefix, retentionMs);
  const values = createRedisSharedValues(redis, prefix);
  return {
    async begin(customerId, transition, names) {
      let shared: readonly (string | null)[] | null = null;
      const document = records.document(customerId, async (recordKeys, args) => {
        const valueKeys = names.map((name) => sharedKey(prefix, name));
        const found = await runScript(
          redis,
          beginScript,
          [...recordKeys, ...valueKeys],
          [recordKeys.length, ...args],
        );
        if (!Array.isArray(found)) return found;
        shared = found as (string | null)[];
        return 1;
      });
      const record = await compareAndSwap(document, transition);
      return { record, shared: shared ?? (await values.getAll(names)) };
    },
    async end(customerId, transition, stored, ours) {
      const put = putting(keys, stored, retentionMs);
      let isKept = false;
      let holder: string | null = null;
      const document = records.document(customerId, async (recordKeys, args) => {
        const found = await runScript(
          redis,
          endScript,
          [claimKey(prefix, ours ?? ''), ...recordKeys, ...put.keys],
          [recordKeys.length, args.length, ours === null ? '' : customerId, ...args, ...put.args],
        );
        isKept ||= found === 1;
        if (!Array.isArray(found)) return found;
        holder = String(found[0]);
        return null;
      });
      const record = await compareAndSwap(document, transition);
      if (holder !== null) return { holder };
      if (!isKept) await putOutcome(redis, keys, stored, retentionMs);
      return { record };
    },
  };
}
