import type { Redis } from 'ioredis';
import type { StoreHealth } from '../store.ts';
import type { RedisClient } from './scripts.ts';

/**
 * Whether Redis answers and takes writes: a replica, a full memory and a failing disk all still answer PING, so a key
 * is written. INFO alone tells the settings that matter, where managed servers forbid CONFIG.
 */
export async function redisHealth(client: RedisClient, prefix: string): Promise<StoreHealth> {
  const redis = client as Redis;
  await redis.set(`${prefix}:health`, '1', 'PX', 60_000);
  const info = await redis.info().catch(() => null);
  if (info === null) return { ok: true, warnings: [] };
  return { ok: true, warnings: warningsIn(info), evicts: evictsIn(info) };
}

function evictsIn(info: string): boolean {
  return /^maxmemory_policy:(?!noeviction)/m.test(info);
}

/** What works now but loses acknowledged events one day, from the text of INFO. */
export function warningsIn(info: string): string[] {
  const value = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const warnings: string[] = [];
  const policy = value('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction') {
    warnings.push(
      `Redis may throw keys away when its memory is full: set maxmemory-policy noeviction (it is ${policy}).`,
    );
  }
  if (value('aof_enabled') === '0') {
    warnings.push(
      'Redis keeps no append-only file: a crash of it loses acknowledged events and records. Set appendonly yes, with appendfsync always where even a power cut must cost nothing.',
    );
  }
  if (value('aof_last_write_status') === 'err' || value('rdb_last_bgsave_status') === 'err') {
    warnings.push('Redis failed to save to disk: look at its log and its free space.');
  }
  return warnings;
}
