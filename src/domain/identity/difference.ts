import { canonicalJson, hashOf, isDeepEqual } from '../hash.ts';
import type { Content, Limits, Meta, NamedLimit, NamedOverride, Overrides } from './identity.ts';
import { byText } from '../own.ts';
import { foreignPart, ownedPart } from './ownership.ts';
import type { Owned } from './ownership.ts';
import type { Wanted } from '../resolve/resolution.ts';

/** What separates an identity from a decision. */
export interface Difference {
  readonly meta: FieldDifference<Meta>;
  readonly ratelimits: FieldDifference<readonly NamedLimit[]>;
  /** `full`: those that differ, since each is sent by itself. */
  readonly overrides: FieldDifference<readonly NamedOverride[]>;
}

/** `before` and `after` hold owned names only. */
interface FieldDifference<T> {
  readonly changed: boolean;
  readonly before: T;
  readonly after: T;
  /** The whole field to send: what is wanted, and what is not ours as it was read. */
  readonly full: T;
}

/**
 * Compares deeply and without regard to order, limits and overrides by name; absent is empty.
 *
 * @param actual the identity as it was read; null when there is none
 */
export function difference(owned: Owned, wanted: Wanted, actual: Content | null): Difference {
  const before = ownedPart(owned, actual);
  const foreign = foreignPart(owned, actual);
  const [limits, wantedLimits] = [namedLimits(before.ratelimits), namedLimits(wanted.ratelimits)];
  return {
    meta: {
      changed: !isDeepEqual(before.meta, wanted.meta),
      before: before.meta,
      after: wanted.meta,
      full: { ...foreign.meta, ...wanted.meta },
    },
    ratelimits: {
      changed: !isDeepEqual(limits, wantedLimits),
      before: limits,
      after: wantedLimits,
      full: namedLimits({ ...foreign.ratelimits, ...wanted.ratelimits }),
    },
    overrides: overridesDifference(before.overrides ?? {}, wanted.overrides ?? {}),
  };
}

/** None is ever taken away: Unkey would not have it back. */
function overridesDifference(is: Overrides, should: Overrides): Difference['overrides'] {
  const [before, after] = [namedOverrides(is), namedOverrides(should)];
  const there = new Set(before.map(canonicalJson));
  const full = after.filter((override) => !there.has(canonicalJson(override)));
  return { changed: full.length > 0, before, after, full };
}

/** Limits as Unkey's wire has them, in the order of their names. */
function namedLimits(limits: Limits): readonly NamedLimit[] {
  return Object.entries(limits)
    .sort(([a], [b]) => byText(a, b))
    .map(([name, { limit, duration, autoApply }]) => ({ name, limit, duration, autoApply }));
}

function namedOverrides(overrides: Overrides): readonly NamedOverride[] {
  return Object.entries(overrides)
    .sort(([a], [b]) => byText(a, b))
    .map(([namespace, { limit, duration }]) => ({ namespace, limit, duration }));
}

/** What the record keeps of each part of a write: how it is told again. */
export function hashesOf({ meta, ratelimits, overrides = {} }: Content): Record<keyof Content, string> {
  return {
    meta: hashOf(meta),
    ratelimits: hashOf(namedLimits(ratelimits)),
    overrides: hashOf(namedOverrides(overrides)),
  };
}
