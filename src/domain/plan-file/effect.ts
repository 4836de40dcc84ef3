import { canonicalJson, isDeepEqual } from '../hash.ts';
import { own } from '../own.ts';
import { isDowngradeFrom } from '../identity/downgrade.ts';
import type { Rate } from '../identity/identity.ts';
import type { Resolution } from '../resolve/resolution.ts';

/** What another plan file does to a customer; the first that fits. */
export const planEffects = ['unmapped', 'lowered', 'raised', 'metaOnly', 'same'] as const;
export type PlanEffect = (typeof planEffects)[number];

export interface CustomerEffect {
  readonly effect: PlanEffect;
  /** A limit's duration or name changes: Unkey counts from zero again. */
  readonly countersRestart: boolean;
  /** Calls to Unkey that change something: one for the identity, one for each override. */
  readonly writes: number;
  /** Plans; null where none is granted, or nothing decided. */
  readonly from: string | null;
  readonly to: string | null;
  readonly externalId: string | null;
  /** What moves, for people. */
  readonly detail: string;
}

/** The same customer under two plan files. One that could not be decided under the old one either is `same`. */
export function effectOf(before: Resolution, after: Resolution): CustomerEffect {
  const from = planOf(before);
  const to = planOf(after);
  const externalId = after.externalId ?? before.externalId;
  const writes = writesOf(before, after);
  const said = (effect: PlanEffect, detail: string, countersRestart = false): CustomerEffect => {
    return { effect, countersRestart, writes, from, to, externalId, detail };
  };
  if (after.kind === 'refused') {
    return before.kind === 'refused' ? said('same', '') : said('unmapped', `${after.code}: ${after.detail}`);
  }
  if (before.kind === 'refused') return said('raised', `decided from now on: ${to ?? 'none'}`);
  const { wanted: was } = before;
  const { wanted: will } = after;
  const restart = restarts(was.ratelimits, will.ratelimits) || restarts(was.overrides, will.overrides);
  const moves = [
    ...(from === to ? [] : [`${from ?? 'none'} → ${to ?? 'none'}`]),
    ...limitMoves('', was.ratelimits, will.ratelimits),
    ...limitMoves('override ', was.overrides, will.overrides),
  ];
  // Ranks are the file's own: those of two files say nothing of each other.
  const { rank } = before;
  if (isDowngradeFrom({ ...was, rank }, { ...will, rank })) {
    return said('lowered', moves.join(', '), restart);
  }
  const sameLimits = isDeepEqual([was.ratelimits, was.overrides], [will.ratelimits, will.overrides]);
  if (!sameLimits) return said('raised', moves.join(', '), restart);
  const sameMeta = canonicalJson(was.meta) === canonicalJson(will.meta);
  return sameMeta ? said('same', '') : said('metaOnly', ['metadata', ...moves].join(', '));
}

/** Of a customer that could not be decided before, all there may be to write. */
function writesOf(before: Resolution, after: Resolution): number {
  if (after.kind === 'refused') return 0;
  const { wanted: will } = after;
  const namespaces = Object.entries(will.overrides ?? {});
  if (before.kind === 'refused') return 1 + namespaces.length;
  const { wanted: was } = before;
  const sameIdentity =
    canonicalJson([was.meta, was.ratelimits]) === canonicalJson([will.meta, will.ratelimits]);
  const differ = namespaces.filter(([name, rate]) => !isDeepEqual(own(was.overrides ?? {}, name), rate));
  return (sameIdentity ? 0 : 1) + differ.length;
}

function planOf(resolution: Resolution): string | null {
  return resolution.kind === 'decided' ? resolution.plan : null;
}

type Rates = Readonly<Record<string, Rate>>;

function restarts(before: Rates = {}, after: Rates = {}): boolean {
  return Object.entries(after).some(([name, { duration }]) => {
    const was = before[name];
    return was === undefined ? Object.keys(before).length > 0 : was.duration !== duration;
  });
}

function limitMoves(kind: string, before: Rates = {}, after: Rates = {}): readonly string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) => {
    const [was, will] = [before[name], after[name]];
    if (canonicalJson(was) === canonicalJson(will)) return [];
    return [`${kind}${name} ${was?.limit ?? 'none'} → ${will?.limit ?? 'none'}`];
  });
}
