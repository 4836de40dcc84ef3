import type { Redis } from 'ioredis';
import type { OutcomeStore } from '../../domain/ports.ts';
import { decodeCursor, encodeCursor, type Position } from '../../domain/outcome/cursor.ts';
import { matchesFilter, outcomeRefs } from '../../domain/outcome/outcome-refs.ts';
import type { Outcome, Page } from '../../domain/outcome/outcome.ts';
import { everyPage } from '../../every-page.ts';
import { readRange } from './documents-range.ts';
import type { RedisClient } from './scripts.ts';
import { decodeOutcome, type StoredOutcome } from './outcomes-document.ts';
import { finishedAt, indexFor, outcomeKeys, type OutcomeKeys } from './outcomes-index.ts';
import { changeOutcome, noteEvent, parseNote, pruneOutcomes, putOutcome } from './outcomes-write.ts';

/**
 * How many outcomes one call of `list` reads at most in search of matches. A page may therefore be short, even empty,
 * and still have a cursor: only a null cursor says that there is no more.
 */
const scanBudget = 5_000;
/** A request or event id leads to few outcomes; one that was retried for weeks need not be read whole. */
const mostPassing = 500;

/** Outcomes in Redis, under keys that begin with `prefix` (with a hash tag on Cluster), kept for `retentionMs`. */
export function createRedisOutcomes(redis: RedisClient, prefix: string, retentionMs: number): OutcomeStore {
  const keys = outcomeKeys(prefix, retentionMs);
  return {
    put: (outcome, ticket) => putOutcome(redis, keys, { outcome, ticket }, retentionMs),
    change: (outcomeId, transition) => changeOutcome(redis, keys, outcomeId, transition, retentionMs),
    async get(outcomeId) {
      return (await readOutcomes(redis, keys, [outcomeId]))[0]?.outcome ?? null;
    },
    async find(ref, limit) {
      const isNamed = (outcome: Outcome): boolean => outcomeRefs(outcome).includes(ref);
      const passing = await passingIds(redis, keys.passingKept(ref, Date.now()), ref);
      const few = await readOutcomes(redis, keys, [ref, ...passing]);
      const many = await scan(redis, keys, {
        index: [keys.lasting(ref)],
        matches: ({ outcome }) => isNamed(outcome),
        limit,
      });
      const both = [...few, ...many.items].map(({ outcome }) => outcome).filter(isNamed);
      const found = new Map(both.map((outcome) => [outcome.id, outcome]));
      return [...found.values()].sort(newestFirst).slice(0, limit);
    },
    async list(filter, cursor, limit) {
      const { items, nextCursor } = await scan(redis, keys, {
        index: indexFor(keys, filter),
        matches: ({ outcome }) => matchesFilter(outcome, filter),
        after: cursor === null ? null : decodeCursor(cursor),
        min: filter.since === undefined ? '-inf' : String(filter.since),
        max: filter.until === undefined ? '+inf' : `(${filter.until}`,
        limit,
      });
      return { items: items.map(({ outcome }) => outcome), nextCursor };
    },
    firstAfter: (customerId, ticket) => firstAfter(redis, keys, customerId, ticket),
    noteEvent: (note) => noteEvent(redis, keys, note, retentionMs),
    async event(eventId) {
      const text = await redis.get(keys.event(eventId));
      return text === null ? null : parseNote(eventId, text);
    },
    prune: (now, signal) => pruneOutcomes(redis, keys, now - retentionMs, signal),
  };
}

/** All of the customer's are looked at: in the order of time, which the index has, tickets need not lie. */
async function firstAfter(
  redis: RedisClient,
  keys: OutcomeKeys,
  customerId: string,
  ticket: number,
): Promise<Outcome | null> {
  const ofLater = (stored: StoredOutcome): boolean =>
    stored.outcome.customerId === customerId && ticketOf(stored) > ticket;
  const index = [keys.lasting(customerId)];
  const read = (cursor: string | null): Promise<Page<StoredOutcome>> => {
    const after = cursor === null ? null : decodeCursor(cursor);
    return scan(redis, keys, { index, matches: ofLater, after, limit: 100 });
  };
  let first: StoredOutcome | null = null;
  for await (const { items } of everyPage(read)) {
    for (const stored of items) {
      if (first === null || ticketOf(stored) <= ticketOf(first)) first = stored;
    }
  }
  return first?.outcome ?? null;
}

function ticketOf({ ticket }: StoredOutcome): number {
  return ticket ?? 0;
}

interface Scan {
  readonly index: readonly string[];
  readonly matches: (stored: StoredOutcome) => boolean;
  readonly limit: number;
  readonly after?: Position | null;
  readonly min?: string;
  readonly max?: string;
}

/** Walks an index and keeps what matches; the cursor is the last place looked at. */
async function scan(redis: RedisClient, keys: OutcomeKeys, wanted: Scan): Promise<Page<StoredOutcome>> {
  const { index, matches, limit, min = '-inf', max = '+inf' } = wanted;
  const order = 'newest first';
  const items: StoredOutcome[] = [];
  let after = wanted.after ?? null;
  let step = Math.max(1, limit - items.length);
  for (let looked = 0; looked < scanBudget; looked += step) {
    const places = await readRange(redis, index, { order, after, min, max, count: step });
    const documents = await readOutcomes(
      redis,
      keys,
      places.map((place) => place.id),
    );
    const byId = new Map(documents.map((stored) => [stored.outcome.id, stored]));
    for (const place of places) {
      after = place;
      const stored = byId.get(place.id);
      // Entries of removed outcomes, or left by an outcome that has changed, are passed over.
      if (stored === undefined || !matches(stored)) continue;
      items.push(stored);
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
  return [...new Set(ids)].slice(0, mostPassing);
}

async function readOutcomes(
  redis: RedisClient,
  keys: OutcomeKeys,
  ids: readonly string[],
): Promise<readonly StoredOutcome[]> {
  if (ids.length === 0) return [];
  const stored = await (redis as Redis).mgetBuffer(...ids.map(keys.document));
  return stored.flatMap((document) => (document === null ? [] : [decodeOutcome(document)]));
}

function newestFirst(a: Outcome, b: Outcome): number {
  const difference = finishedAt(b) - finishedAt(a);
  if (difference !== 0) return difference;
  return a.id < b.id ? 1 : -1;
}
