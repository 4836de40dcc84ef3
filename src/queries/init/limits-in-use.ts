import { maxLimits } from '../../domain/identity/bounds.ts';
import type { Identity, Limit } from '../../domain/identity/identity.ts';

/** A limit of Unkey as identities have it, with its values from the lowest up. */
export interface LimitInUse {
  readonly name: string;
  /** The usual one. */
  readonly duration: number;
  readonly autoApply: boolean;
  readonly values: readonly { readonly limit: number; readonly identities: number }[];
}

/**
 * By name, those that a plan can have: the ones that most identities have. Of several durations the one that most have
 * is taken: one limit should have one.
 */
export function limitsInUse(identities: readonly Pick<Identity, 'ratelimits'>[]): readonly LimitInUse[] {
  const byName = new Map<string, Limit[]>();
  for (const { ratelimits } of identities)
    for (const [name, limit] of Object.entries(ratelimits)) {
      const known = byName.get(name);
      if (known === undefined) byName.set(name, [limit]);
      else known.push(limit);
    }
  return [...byName]
    .filter(([name]) => name !== '__proto__')
    .toSorted(([, a], [, b]) => b.length - a.length)
    .slice(0, maxLimits)
    .map(([name, limits]) => {
      const duration = usual(limits.map((limit) => limit.duration));
      const same = limits.filter((limit) => limit.duration === duration);
      const counts = countsOf(same.map(({ limit }) => limit));
      const values = [...counts].map(([limit, number]) => ({ limit, identities: number }));
      return {
        name,
        duration,
        autoApply: usual(same.map(({ autoApply }) => autoApply)),
        values: values.toSorted((a, b) => a.limit - b.limit),
      };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** One value for each of so many plans, from the lowest up; never less for a better plan. */
export function spread({ values }: Pick<LimitInUse, 'values'>, plans: number): readonly number[] {
  const last = values.length - 1;
  return Array.from({ length: plans }, (_, index) => {
    const at = values.length <= plans ? Math.min(index, last) : Math.round((index * last) / (plans - 1 || 1));
    return values[at]?.limit ?? 1;
  });
}

function countsOf<T>(values: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

function usual<T>(values: readonly T[]): T {
  const [first] = [...countsOf(values)].toSorted(([, a], [, b]) => b - a);
  if (first === undefined) throw new Error('Nothing is usual among none.');
  return first[0];
}
