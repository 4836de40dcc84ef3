import { recordOf } from '../own.ts';
import { parseDuration } from './duration.ts';
import type { Access, Additions, Addon, Matcher, Plan, PlanFile, PlanRate } from './plan-file.ts';
import type { WrittenPlanFile } from './schema.ts';

/** What statuses are worth where a plan file says nothing about access. */
const defaultAccess: PlanFile['access'] = {
  active: 'full',
  trialing: 'full',
  past_due: { grace: 7 * 86_400_000 },
};

type WrittenPlan = WrittenPlanFile['plans'][string];
type WrittenRate = NonNullable<WrittenPlan['overrides']>[string];
type WrittenMatcher = NonNullable<WrittenPlan['match']>[number];
type WrittenAddon = NonNullable<WrittenPlanFile['addons']>[string];
type WrittenAdditions = NonNullable<WrittenAddon['overrides']>;

/** Fills in defaults and brings every value to its one form. */
export function normalise(written: WrittenPlanFile): PlanFile {
  const { ownership, overrides } = written;
  return {
    version: 1,
    identity: {
      externalId: list(written.identity.externalId),
      missing: written.identity.missing ?? 'fail',
    },
    ownership: {
      meta: ownership?.meta ?? 'merge',
      ratelimits: ownership?.ratelimits ?? 'merge',
      retired: {
        meta: ownership?.retired?.meta ?? [],
        ratelimits: ownership?.retired?.ratelimits ?? [],
      },
    },
    access: written.access === undefined ? defaultAccess : mapped(written.access, accessOf),
    fallback: written.fallback ?? null,
    unmapped: written.unmapped ?? 'fail',
    plans: mapped(written.plans, planOf),
    addons: mapped(written.addons ?? {}, addonOf),
    overrides: {
      plan: overrides?.plan ?? null,
      ratelimits: overrides?.ratelimits ?? null,
      ...(overrides?.overrides === undefined ? {} : { overrides: overrides.overrides }),
    },
  };
}

function accessOf(access: NonNullable<WrittenPlanFile['access']>[string]): Access {
  if (typeof access === 'string') return access;
  if ('grace' in access) return { grace: milliseconds(access.grace) };
  const kinds = Object.entries(access).flatMap(([kind, worth]) =>
    worth === undefined ? [] : [[kind, worth] as const],
  );
  return { kinds: recordOf(kinds) };
}

function planOf(plan: WrittenPlan): Plan {
  return {
    rank: plan.rank,
    match: (plan.match ?? []).map(matcherOf),
    meta: plan.meta ?? {},
    ratelimits: mapped(plan.ratelimits ?? {}, (limit) => {
      return { ...rateOf(limit), autoApply: limit.autoApply ?? true };
    }),
    ...(plan.overrides === undefined ? {} : { overrides: mapped(plan.overrides, rateOf) }),
  };
}

function rateOf({ limit, perUnit = 0, included = 0, duration }: WrittenRate): PlanRate {
  return {
    limit: whole(limit),
    perUnit: whole(perUnit),
    included: whole(included),
    duration: milliseconds(duration),
  };
}

function addonOf(addon: WrittenAddon): Addon {
  return {
    match: addon.match.map(matcherOf),
    ratelimits: additionsOf(addon.ratelimits ?? {}),
    ...(addon.overrides === undefined ? {} : { overrides: additionsOf(addon.overrides) }),
  };
}

function additionsOf(additions: WrittenAdditions): Additions {
  return mapped(additions, ({ add }) => ({ add: whole(add) }));
}

function matcherOf(matcher: WrittenMatcher): Matcher {
  const { account, price, lookupKey, product, productMetadata, entitlement } = matcher;
  return {
    account: account === undefined ? null : list(account),
    price: price === undefined ? null : list(price),
    lookupKey: lookupKey === undefined ? null : list(lookupKey),
    product: product === undefined ? null : list(product),
    productMetadata: productMetadata ?? null,
    entitlement: entitlement === undefined ? null : list(entitlement),
  };
}

function mapped<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return recordOf(Object.entries(record).map(([name, value]) => [name, change(value)] as const));
}

function list(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}

/** The schema has let only whole numbers and texts such as 10_000 through. */
function whole(value: number | string): number {
  return typeof value === 'number' ? value : Number(value.replaceAll('_', ''));
}

/** Findings about durations have been reported before this runs. */
function milliseconds(value: number | string): number {
  return parseDuration(value) ?? 0;
}
