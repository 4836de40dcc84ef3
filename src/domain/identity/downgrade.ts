import type { Identity, Limit, Limits } from './identity.ts';
import { own, recordOf } from '../own.ts';
import { formatDuration } from '../plan-file/duration.ts';
import { ownedPart } from './ownership.ts';
import type { Owned } from './ownership.ts';
import type { Wanted } from '../resolve/resolution.ts';

/** What the downgrade guard compares: a plan's rank (null: no plan, below every other) and owned limits. */
export interface Standing {
  readonly rank: number | null;
  readonly ratelimits: Limits;
}

/** Negative when `a` is below `b`. */
export function compareRank(a: number | null, b: number | null): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return a - b;
}

/** A fall: the rank or a limit goes down or away. */
export function isDowngradeFrom(before: Standing, after: Standing): boolean {
  if (compareRank(after.rank, before.rank) < 0) return true;
  return Object.entries(before.ratelimits).some(([name, limit]) =>
    limitFalls(limit, own(after.ratelimits, name)),
  );
}

/** What falls, for people: `plan team to free, requests 3000 to 100 per 1h`. Empty where nothing does. */
export function downgradeText(
  plan: { readonly from: string | null; readonly to: string | null },
  before: Limits,
  after: Limits,
): string {
  const limits = Object.entries(before).flatMap(([name, limit]) => {
    const next = own(after, name);
    if (!limitFalls(limit, next)) return [];
    return [`${name} ${amountOf(limit)} to ${next === undefined ? 'none' : amountOf(next)}`];
  });
  const moves = plan.from === plan.to ? [] : [`plan ${plan.from ?? 'none'} to ${plan.to ?? 'none'}`];
  return [...moves, ...limits].join(', ');
}

function amountOf({ limit, duration }: Limit): string {
  return `${limit} per ${formatDuration(duration)}`;
}

/**
 * What a held customer still gets: limits that rise or are new. Limits that would fall, and the metadata, which
 * says what the plan is, stay as they are.
 */
export function withoutDowngrades(
  owned: Owned,
  actual: Pick<Identity, 'meta' | 'ratelimits'> | null,
  wanted: Wanted,
): Wanted {
  const standing = ownedPart(owned, actual);
  const kept = Object.entries(standing.ratelimits).filter(([name, limit]) =>
    limitFalls(limit, own(wanted.ratelimits, name)),
  );
  return { meta: standing.meta, ratelimits: { ...wanted.ratelimits, ...recordOf(kept) } };
}

/** With another duration a limit falls if either its number or its rate does: both can cut a customer off. */
function limitFalls(before: Limit, after: Limit | undefined): boolean {
  if (after === undefined) return true;
  return after.limit < before.limit || after.limit * before.duration < before.limit * after.duration;
}
