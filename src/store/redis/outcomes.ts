import type { OutcomeStore } from '../../domain/ports.ts';
import type { Redis } from 'ioredis';
import { decodeCursor, encodeCursor, type Position } from '../../domain/outcome/cursor.ts';
import { matchesFilter, outcomeRefs } from '../../domain/outcome/outcome-refs.ts';
import type { Outcome, Page } from '../../domain/outcome/outcome.ts';
import { readRange } from './documents-range.ts';
import type { RedisClient } from './scripts.ts';
import { decodeOutcome } from './outcomes-document.ts';
import { finishedAt, indexFor, outcomeKeys, type OutcomeKeys } from './outcomes-index.ts';
import { changeOutcome, noteEvent, parseNote, pruneOutcomes, putOutcome } from './outcomes-write.ts';

/**
 * How many outcomes one call of `list` reads at most in search of matches. A page may therefore be short, even empty,
 * and still have a cursor: only a null cursor says that there is no more.
 */
const SCAN_BUDGET = 5_000;
/** A request or event id leads to few outcomes; one that was retried for weeks need not be read whole. */
const MAX_PASSING = 500;

/** Outcomes in Redis, under keys that begin with `prefix` (with a hash tag on Cluster), kept for `retentionMs`. */
export function createRedisOutcomes(
  redis: RedisClient,
  prefix: string,
  retentionMs: number,
  clock: () => number = Date.now,
): OutcomeStore {
  const keys = outcomeKeys(prefix, retentionMs);
  return {
    put: (outcome) => putOutcome(redis, keys, outcome, retentionMs),
    change: (outcomeId, transition) => changeOutcome(redis, keys, outcomeId, transition, retentionMs),
    async get(outcomeId) {
      return (await readOutcomes(redis, keys, [outcomeId]))[0] ?? null;
    },
    async find(ref, limit) {
      const isNamed = (outcome: Outcome): boolean => outcomeRefs(outcome).includes(ref);
      const passing = await passingIds(redis, keys.passingKept(ref, clock()), ref);
      const few = await readOutcomes(redis, keys, [ref, ...passing]);
      const many = await scan(redis, keys, { index: [keys.lasting(ref)], matches: isNamed, limit });
      const found = new Map([...few.filter(isNamed), ...many.items].map((outcome) => [outcome.id, outcome]));
      return [...found.values()].sort(newestFirst).slice(0, limit);
    },
    list: async (filter, cursor, limit) =>
      scan(redis, keys, {
        index: indexFor(keys, filter),
        matches: (outcome) => matchesFilter(outcome, filter),
        after: cursor === null ? null : decodeCursor(cursor),
        min: filter.since === undefined ? '-inf' : String(filter.since),
        max: filter.until === undefined ? '+inf' : `(${filter.until}`,
        limit,
      }),
    async firstAfter(customerId, startedAt) {
      const { items } = await scan(redis, keys, {
        index: [keys.lasting(customerId)],
        matches: (outcome) => outcome.customerId === customerId && Date.parse(outcome.startedAt) >= startedAt,
        order: 'oldest first',
        min: String(startedAt),
        limit: 1,
      });
      return items[0] ?? null;
    },
    noteEvent: (note) => noteEvent(redis, keys, note, retentionMs),
    async event(eventId) {
      const text = await redis.get(keys.event(eventId));
      return text === null ? null : parseNote(eventId, text);
    },
    prune: (now, signal) => pruneOutcomes(redis, keys, now - retentionMs, signal),
  };
}

interface Scan {
  readonly index: readonly string[];
  readonly matches: (outcome: Outcome) => boolean;
  readonly limit: number;
  readonly order?: 'oldest first' | 'newest first';
  readonly after?: Position | null;
  readonly min?: string;
  readonly max?: string;
}

/** Walks an index and keeps what matches; the cursor is the last place looked at. */
async function scan(redis: RedisClient, keys: OutcomeKeys, wanted: Scan): Promise<Page<Outcome>> {
  const { index, matches, limit, order = 'newest first', min = '-inf', max = '+inf' } = wanted;
  const items: Outcome[] = [];
  let after = wanted.after ?? null;
  let step = Math.max(1, limit - items.length);
  for (let looked = 0; looked < SCAN_BUDGET; looked += step) {
    const places = await readRange(redis, index, { order, after, min, max, count: step });
    const outcomes = await readOutcomes(
      redis,
      keys,
      places.map((place) => place.id),
    );
    const byId = new Map(outcomes.map((outcome) => [outcome.id, outcome]));
    for (const place of places) {
      after = place;
      const outcome = byId.get(place.id);
      // Entries of removed outcomes, or left by an outcome that has changed, are passed over.
      if (outcome === undefined || !matches(outcome)) continue;
      items.push(outcome);
      if (items.length === limit) return { items, nextCursor: encodeCursor(place) };
    }
    if (places.length < step) return { items, nextCursor: null };
    // Where few match, longer steps save round trips.
    step = Math.min(Math.max(step * 2, 50), 500);
  }
  return { items, nextCursor: after === null ? null : encodeCursor(after) };
}

async function passingIds(
  redis: RedisClient,
  hashes: readonly string[],
  ref: string,
): Promise<readonly string[]> {
  const known = await Promise.all(hashes.map((hash) => redis.hget(hash, ref)));
  const ids = known.flatMap((text) => (text === null ? [] : text.split(' ').reverse()));
  return [...new Set(ids)].slice(0, MAX_PASSING);
}

async function readOutcomes(
  redis: RedisClient,
  keys: OutcomeKeys,
  ids: readonly string[],
): Promise<readonly Outcome[]> {
  if (ids.length === 0) return [];
  const stored = await (redis as Redis).mgetBuffer(...ids.map(keys.document));
  return stored.flatMap((document) => (document === null ? [] : [decodeOutcome(document)]));
}

function newestFirst(a: Outcome, b: Outcome): number {
  const difference = finishedAt(b) - finishedAt(a);
  if (difference !== 0) return difference;
  return a.id < b.id ? 1 : -1;
}
