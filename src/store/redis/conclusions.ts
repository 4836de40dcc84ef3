import type { ConclusionStore } from '../../domain/ports.ts';
import { compareAndSwap } from '../compare-and-swap.ts';
import { replaceRecordLua, type RedisRecords } from './customers.ts';
import { outcomeKeys } from './outcomes-index.ts';
import { putOutcome, putOutcomeLua, putting } from './outcomes-write.ts';
import { runScript, script, type RedisClient } from './scripts.ts';

/** Both or neither. ARGV 1 and 2: how many keys and arguments are the record's; the others are the outcome's. */
const keepScript = script(`
${replaceRecordLua}
${putOutcomeLua}
local keys, args = tonumber(ARGV[1]), tonumber(ARGV[2])
local replaced = replaceRecord({unpack(KEYS, 1, keys)}, {unpack(ARGV, 3, 2 + args)})
if replaced ~= 1 then return replaced end
return putOutcome({unpack(KEYS, keys + 1)}, {unpack(ARGV, args + 3)})
`);

/** Record and outcome of a sync in one command. */
export function createRedisConclusions(
  redis: RedisClient,
  prefix: string,
  retentionMs: number,
  records: RedisRecords,
): ConclusionStore {
  const keys = outcomeKeys(prefix, retentionMs);
  return {
    async keep(customerId, transition, stored) {
      const put = putting(keys, stored, retentionMs);
      let isKept = false;
      const document = records.document(customerId, async (recordKeys, args) => {
        const found = await runScript(
          redis,
          keepScript,
          [...recordKeys, ...put.keys],
          [recordKeys.length, args.length, ...args, ...put.args],
        );
        isKept ||= found === 1;
        return found;
      });
      const record = await compareAndSwap(document, transition);
      if (!isKept) await putOutcome(redis, keys, stored, retentionMs);
      return record;
    },
  };
}
