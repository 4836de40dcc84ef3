import { outcomeStatuses, type Outcome, type OutcomeFilter } from '../../domain/outcome/outcome.ts';

const dayMs = 86_400_000;
const periodsKept = 30;
const buckets = 16;

/**
 * Where outcomes lie in Redis. Sorted sets (score: finishedAt, member: outcome id) serve everything that is listed;
 * the many ids that lead to one outcome each share hashes, because a key of their own would cost more than the
 * outcome. The hashes are cut by time so that whole keys expire, and into buckets so that none is large.
 */
export interface OutcomeKeys {
  readonly statuses: readonly string[];
  readonly document: (outcomeId: string) => string;
  readonly event: (eventId: string) => string;
  readonly status: (status: string) => string;
  readonly lasting: (ref: string) => string;
  readonly error: (code: string) => string;
  /** The hash that leads from a request or event id to outcomes that finished at that time. */
  readonly passing: (ref: string, finishedAt: number) => string;
  /** All hashes that may know the id, over the whole retention. */
  readonly passingKept: (ref: string, now: number) => readonly string[];
}

export function outcomeKeys(prefix: string, retentionMs: number): OutcomeKeys {
  // A retention of years must not make a lookup read thousands of hashes.
  const periodMs = Math.max(dayMs, Math.ceil(retentionMs / periodsKept));
  const period = (time: number): number => Math.floor(time / periodMs);
  const hash = (ref: string, number: number): string => `${prefix}:outcomes:ids:${number}:${bucketOf(ref)}`;
  const status = (name: string): string => `${prefix}:outcomes:status:${name}`;
  return {
    statuses: outcomeStatuses.map(status),
    status,
    document: (outcomeId) => `${prefix}:outcome:${outcomeId}`,
    event: (eventId) => `${prefix}:event:${eventId}`,
    lasting: (ref) => `${prefix}:outcomes:of:${ref}`,
    error: (code) => `${prefix}:outcomes:error:${code}`,
    passing: (ref, finishedAt) => hash(ref, period(finishedAt)),
    passingKept(ref, now) {
      // One period more on either side: clocks differ, and what is too old goes only when it is pruned.
      const oldest = period(now - retentionMs) - 1;
      const newest = period(now) + 1;
      return Array.from({ length: newest - oldest + 1 }, (_, i) => hash(ref, newest - i));
    },
  };
}

/** The sorted sets whose entries, taken together, hold every outcome that passes the filter: the narrowest choice. */
export function indexFor(keys: OutcomeKeys, filter: OutcomeFilter): readonly string[] {
  if (filter.customerId !== undefined) return [keys.lasting(filter.customerId)];
  if (filter.identity !== undefined) return [keys.lasting(filter.identity)];
  if (filter.error !== undefined) return [keys.error(filter.error)];
  if (filter.status !== undefined) return [keys.status(filter.status)];
  return keys.statuses;
}

export function finishedAt(outcome: Outcome): number {
  return Date.parse(outcome.finishedAt);
}

/** FNV-1a: spreads ids evenly and is the same in every version. */
function bucketOf(ref: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < ref.length; i += 1) hash = Math.imul(hash ^ ref.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % buckets;
}
