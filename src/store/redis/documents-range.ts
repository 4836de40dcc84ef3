import type { Redis } from 'ioredis';
import { comparePositions, type Position } from '../../domain/outcome/cursor.ts';
import type { RedisClient } from './scripts.ts';

export interface Range {
  readonly order: 'oldest first' | 'newest first';
  /** Only what comes after this in the order; null: from the start. */
  readonly after: Position | null;
  /** Bounds on the time in the notation of Redis, for example `-inf` or `(1700000000000`. */
  readonly min: string;
  readonly max: string;
  readonly count: number;
}

/**
 * Reads the next entries of several sorted sets (score: time, member: id) as if they were one. Keys must share a
 * slot. Positions are compared by value instead of counted, so entries that come or go shift nothing. Fewer than
 * `count` entries mean that there are no more.
 */
export async function readRange(
  redis: RedisClient,
  keys: readonly string[],
  range: Range,
): Promise<readonly Position[]> {
  const { after, count } = range;
  const sign = range.order === 'newest first' ? -1 : 1;
  // Entries of the same millisecond as `after` come again; when they fill a whole answer, more is asked for.
  for (let ask = count + 1; ; ask *= 2) {
    const answers = await Promise.all(keys.map((key) => readOne(redis, key, range, ask)));
    const merged = answers.flat().sort((a, b) => sign * comparePositions(a, b));
    const fresh =
      after === null ? merged : merged.filter((entry) => sign * comparePositions(entry, after) > 0);
    const exhausted = answers.every((answer) => answer.length < ask);
    if (exhausted || fresh.length >= count) return fresh.slice(0, count);
  }
}

async function readOne(
  redis: RedisClient,
  key: string,
  { order, after, min, max }: Range,
  count: number,
): Promise<readonly Position[]> {
  const client = redis as Redis;
  const flat =
    order === 'newest first'
      ? await client.zrevrangebyscore(
          key,
          narrower(max, after, Math.min),
          min,
          'WITHSCORES',
          'LIMIT',
          0,
          count,
        )
      : await client.zrangebyscore(key, narrower(min, after, Math.max), max, 'WITHSCORES', 'LIMIT', 0, count);
  const entries: Position[] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) {
    entries.push({ id: flat[i] ?? '', time: Number(flat[i + 1]) });
  }
  return entries;
}

/** The bound or the position, whichever leaves less; an exclusive bound wins over an equal position. */
function narrower(
  bound: string,
  after: Position | null,
  choose: (a: number, b: number) => number,
): string | number {
  if (after === null) return bound;
  const value = Number(bound.replace('(', '').replace('inf', 'Infinity'));
  return choose(value, after.time) === value ? bound : after.time;
}
