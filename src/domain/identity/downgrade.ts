import type { Content, Rate } from './identity.ts';
import { own, recordOf } from '../own.ts';
import { formatDuration } from '../plan-file/duration.ts';
import type { Wanted } from '../resolve/resolution.ts';

type Rates = Readonly<Record<string, Rate>>;

/** What the downgrade guard compares: a plan's rank (null: no plan, below every other), owned limits and overrides. */
export interface Standing extends Pick<Content, 'ratelimits' | 'overrides'> {
  readonly rank: number | null;
}

/** Negative when `a` is below `b`. */
export function compareRank(a: number | null, b: number | null): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return a - b;
}

/** A fall: the rank, a limit or an override goes down or away. */
export function isDowngradeFrom(before: Standing, after: Standing): boolean {
  if (compareRank(after.rank, before.rank) < 0) return true;
  const falling = [
    ...fallingIn(before.ratelimits, after.ratelimits),
    ...fallingIn(before.overrides ?? {}, after.overrides ?? {}),
  ];
  return falling.length > 0;
}

/** What is there of that which would go down or away. */
function fallingIn<R extends Rate>(before: Readonly<Record<string, R>>, after: Rates): [string, R][] {
  return Object.entries(before).filter(([name, rate]) => falls(rate, own(after, name)));
}

/** What falls, for people: `plan team to free, requests 3000 to 100 per 1h`. Empty where nothing does. */
export function downgradeText(
  plan: { readonly from: string | null; readonly to: string | null },
  before: Content,
  after: Content,
): string {
  const moves = plan.from === plan.to ? [] : [`plan ${plan.from ?? 'none'} to ${plan.to ?? 'none'}`];
  return [
    ...moves,
    ...fallTexts('', before.ratelimits, after.ratelimits),
    ...fallTexts('override ', before.overrides ?? {}, after.overrides ?? {}),
  ].join(', ');
}

function fallTexts(kind: string, before: Rates, after: Rates): readonly string[] {
  return fallingIn(before, after).map(([name, rate]) => {
    const next = own(after, name);
    return `${kind}${name} ${amountOf(rate)} to ${next === undefined ? 'none' : amountOf(next)}`;
  });
}

function amountOf({ limit, duration }: Rate): string {
  return `${limit} per ${formatDuration(duration)}`;
}

/**
 * What a held customer still gets: limits and overrides that rise or are new. Those that would fall, and the metadata,
 * which says what the plan is, stay as they are.
 */
export function withoutDowngrades(standing: Content, { ratelimits, overrides }: Wanted): Wanted {
  return {
    meta: standing.meta,
    ratelimits: { ...ratelimits, ...recordOf(fallingIn(standing.ratelimits, ratelimits)) },
    ...(overrides === undefined
      ? {}
      : { overrides: { ...overrides, ...recordOf(fallingIn(standing.overrides ?? {}, overrides)) } }),
  };
}

/** With another duration a limit falls if either its number or its rate does: both can cut a customer off. */
function falls(before: Rate, after: Rate | undefined): boolean {
  if (after === undefined) return true;
  return after.limit < before.limit || after.limit * before.duration < before.limit * after.duration;
}
