import type { Redis } from 'ioredis';
import type { AuditEntry } from '../../domain/audit.ts';
import { decodeCursor, encodeCursor } from '../../domain/outcome/cursor.ts';
import type { AuditStore } from '../../domain/ports.ts';
import { inBatches } from '../in-batches.ts';
import { readRange } from './documents-range.ts';
import { runScript, script, type RedisClient } from './scripts.ts';
import { expirySlackMs } from './outcomes-write.ts';

/** Keys: the document, all entries by time. */
const putScript = script(`
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[4])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return 1
`);

/** What operators did, in Redis, under keys that begin with `prefix`, kept for `retentionMs`. */
export function createRedisAudit(redis: RedisClient, prefix: string, retentionMs: number): AuditStore {
  const all = `${prefix}:audit`;
  const document = (id: string): string => `${prefix}:audit:${id}`;
  return {
    async put(entry) {
      const keepMs = retentionMs + expirySlackMs;
      const args = [entry.id, JSON.stringify(entry), entry.at, keepMs];
      await runScript(redis, putScript, [document(entry.id), all], args);
    },
    async list(cursor, limit) {
      const after = cursor === null ? null : decodeCursor(cursor);
      const range = { order: 'newest first', after, min: '-inf', max: '+inf', count: limit + 1 } as const;
      const found = await readRange(redis, [all], range);
      const places = found.slice(0, limit);
      const last = places.at(-1);
      const texts = places.length === 0 ? [] : await redis.mget(places.map(({ id }) => document(id)));
      return {
        items: texts.flatMap((text) => (text === null ? [] : [JSON.parse(text) as AuditEntry])),
        nextCursor: found.length > limit && last !== undefined ? encodeCursor(last) : null,
      };
    },
    async prune(now) {
      const before = `(${now - retentionMs}`;
      return inBatches(500, async () => {
        const ids = await (redis as Redis).zrangebyscore(all, '-inf', before, 'LIMIT', 0, 500);
        if (ids.length > 0) {
          await redis.unlink(ids.map(document));
          await redis.zrem(all, ...ids);
        }
        return ids.length;
      });
    },
  };
}
