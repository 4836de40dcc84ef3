import type { Limit, Limits } from './identity.ts';

/** A limit as a verification found it, beside what it should be. */
export interface Enforcement {
  readonly name: string;
  readonly should: Limit | null;
  /** null: it was not checked. */
  readonly enforced: Limit | null;
  readonly right: boolean;
}

/** A limit of the key's own takes the place of the identity's of the same name, whatever the identity says. */
export function enforcementOf(wanted: Limits, enforced: Limits): readonly Enforcement[] {
  return Object.entries(wanted).map(([name, should]) => {
    const found = enforced[name] ?? null;
    const right = found !== null && found.limit === should.limit && found.duration === should.duration;
    return { name, should, enforced: found, right };
  });
}

export interface KeyLimits {
  readonly keyId: string;
  readonly name: string | null;
  readonly ratelimits: Limits;
}

/** Of an identity's limits, which keys have one of their own of that name and another size. */
export function overriddenBy(
  wanted: Limits,
  keys: readonly KeyLimits[],
): readonly { readonly limit: string; readonly keys: readonly KeyLimits[] }[] {
  return Object.entries(wanted).flatMap(([limit, { limit: most, duration }]) => {
    const others = keys.filter(({ ratelimits }) => {
      const own = ratelimits[limit];
      return own !== undefined && (own.limit !== most || own.duration !== duration);
    });
    return others.length === 0 ? [] : [{ limit, keys: others }];
  });
}
