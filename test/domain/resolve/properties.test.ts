import { describe, expect, it } from 'vitest';
import { difference } from '../../../src/domain/identity/difference.ts';
import { isDowngradeFrom, withoutDowngrades } from '../../../src/domain/identity/downgrade.ts';
import type { Content, Limits, Meta, Overrides } from '../../../src/domain/identity/identity.ts';
import { ownedBy, ownedPart } from '../../../src/domain/identity/ownership.ts';
import { parsePlanFile } from '../../../src/domain/plan-file/parse.ts';
import type { PlanFile } from '../../../src/domain/plan-file/parse.ts';
import { resolve } from '../../../src/domain/resolve/resolve.ts';
import type { Wanted } from '../../../src/domain/resolve/resolution.ts';
import type { StripeState, Subscription, SubscriptionItem } from '../../../src/domain/subscription.ts';
import { loadPlanFile } from '../../../src/plan-file/load.ts';
import { day, now } from '../build.ts';
import * as fc from '../../support/property.ts';

const statuses = [
  'active',
  'trialing',
  'past_due',
  'unpaid',
  'incomplete',
  'paused',
  'canceled',
  'of_2031',
] as const;
const limitNames = ['requests', 'tokens', 'exports'] as const;
const namespaceNames = ['api', 'web', 'constructor'] as const;

/** Plan files whose every plan gives at least what the fallback gives, as a sane price list does. */
const planFiles: fc.Arbitrary<PlanFile> = fc
  .record({
    extras: fc.array(
      fc.record({ limit: fc.nat(10_000), perUnit: fc.nat(500), included: fc.nat(3), seats: fc.boolean() }),
      { minLength: 1, maxLength: 4 },
    ),
    names: fc.subarray([...limitNames], { minLength: 1 }),
    grace: fc.integer({ min: 1, max: 30 }),
    unmapped: fc.constantFrom('fail', 'ignore'),
    fallback: fc.boolean(),
    namespaces: fc.subarray([...namespaceNames]),
    ownership: fc.record({
      meta: fc.constantFrom('merge', 'replace'),
      ratelimits: fc.constantFrom('merge', 'replace'),
      retired: fc.constantFrom({}, { meta: ['tier'], ratelimits: ['burst'] }),
    }),
  })
  .map(({ extras, names, grace, unmapped, fallback, namespaces, ownership }) => {
    const limits = (limit: object) =>
      Object.fromEntries(names.map((name) => [name, { duration: '1h', ...limit }]));
    // Without a fallback there is nothing that an override could fall back to.
    const overrides = (limit: object) =>
      fallback && namespaces.length > 0
        ? { overrides: Object.fromEntries(namespaces.map((name) => [name, { duration: '1m', ...limit }])) }
        : {};
    const plans = extras.map(({ limit, perUnit, included, seats }, index) => [
      `plan${index}`,
      {
        rank: index + 1,
        match: [{ lookupKey: `key${index}` }, { productMetadata: { tier: `tier${index}` } }],
        meta: {
          plan: '{{plan}}',
          ...(seats ? { seats: '{{quantity}}', sub: 'of {{subscription.id}}' } : {}),
        },
        ratelimits: limits({ limit: 100 + limit, perUnit, included }),
        ...overrides({ limit: 100 + limit, perUnit, included }),
      },
    ]);
    return {
      version: 1,
      identity: { externalId: ['{{subscription.metadata.org}}', '{{customer.metadata.user_id}}'] },
      access: { active: 'full', trialing: 'full', past_due: { grace: `${grace}d` } },
      unmapped,
      ...(fallback ? { fallback: 'free' } : {}),
      ownership,
      plans: {
        free: {
          rank: 0,
          meta: { plan: 'free' },
          ratelimits: limits({ limit: 100 }),
          ...overrides({ limit: 100 }),
        },
        ...Object.fromEntries(plans),
      },
      addons: { boost: { match: [{ lookupKey: 'boost' }], ratelimits: { [names[0] ?? '']: { add: 7 } } } },
      overrides: { plan: 'unkey_plan', ratelimits: 'unkey_limit_', overrides: 'unkey_override_' },
    };
  })
  .map((value) => {
    const parsed = parsePlanFile(value);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    return parsed.planFile;
  });

/** Customers as a shop has them: most prices known, some not, all statuses. */
const items: fc.Arbitrary<Omit<SubscriptionItem, 'id'>> = fc
  .record({
    key: fc.constantFrom('key0', 'key1', 'key2', 'key3', 'boost', 'stranger', null),
    tier: fc.constantFrom('none', 'tier0', 'tier1'),
    quantity: fc.option(fc.nat(20)),
  })
  .map(({ key, tier, quantity }) => ({
    price: { id: `price_${key ?? ''}`, lookupKey: key, metadata: {} },
    product: { id: `prod_${tier}`, metadata: { tier } },
    quantity,
  }));

const subscriptions: fc.Arbitrary<readonly Subscription[]> = fc
  .array(
    fc.record({
      status: fc.constantFrom(...statuses),
      age: fc.nat(60),
      org: fc.constantFrom('org_1', 'org_2', null),
      owed: fc.option(fc.nat(40)),
      items: fc.array(items, { maxLength: 4 }),
    }),
    { maxLength: 5 },
  )
  .map((list) =>
    list.map(({ status, age, org, owed, items: bought }, index) => ({
      id: `sub_${index}`,
      status,
      createdAt: now - age * day,
      metadata: org === null ? {} : { org },
      items: bought.map((entry, position) => ({ id: `si_${index}_${position}`, ...entry })),
      cancelAt: null,
      cancelAtPeriodEnd: false,
      currentPeriodEnd: null,
      trialEnd: null,
      owedSince: owed === null ? null : now - owed * day,
    })),
  );

const states: fc.Arbitrary<StripeState> = fc.record({
  customer: fc.record({
    id: fc.constant('cus_1'),
    deleted: fc.constant(false),
    metadata: fc.constantFrom<Record<string, string>[]>(
      { user_id: 'user_1' },
      {},
      { user_id: 'user_1', unkey_plan: 'plan0' },
      { user_id: 'user_1', unkey_limit_requests: '5' },
      { user_id: 'user_1', unkey_override_api: '5' },
      { user_id: 'user_1', unkey_plan: 'nothing' },
    ),
  }),
  subscriptions,
  clientReferenceId: fc.constant(null),
});

const records = fc.record({
  externalId: fc.constantFrom(null, 'user_0'),
  pastDueSince: fc.option(fc.nat(40).map((days) => now - days * day)),
});

const limitsArbitrary: fc.Arbitrary<Limits> = fc.dictionary(
  fc.constantFrom(...limitNames, 'burst', 'mine', '__proto__', 'constructor'),
  fc.record({
    limit: fc.integer({ min: 1, max: 20_000 }),
    duration: fc.constantFrom(60_000, 3_600_000),
    autoApply: fc.boolean(),
  }),
);
const metaArbitrary: fc.Arbitrary<Meta> = fc.dictionary(
  fc.constantFrom('plan', 'seats', 'sub', 'tier', 'name', '__proto__', 'toString'),
  fc.jsonValue(),
);
const overridesArbitrary: fc.Arbitrary<Overrides> = fc.dictionary(
  fc.constantFrom(...namespaceNames, 'mine', '__proto__'),
  fc.record({ limit: fc.nat(20_000), duration: fc.constantFrom(1_000, 60_000) }),
);
const identities = fc.record({
  meta: metaArbitrary,
  ratelimits: limitsArbitrary,
  overrides: overridesArbitrary,
});

type Held = Required<Content>;

/** What Unkey holds after the request that a difference leads to. */
function applied(planFile: PlanFile, wanted: Wanted, actual: Held): Held {
  const { meta, ratelimits, overrides } = difference(ownedBy(planFile), wanted, actual);
  const set = overrides.full.map(({ namespace, ...rate }) => [namespace, rate] as const);
  return {
    // Keys such as __proto__ become keys like any other.
    overrides: Object.fromEntries([...Object.entries(actual.overrides), ...set]),
    meta: meta.changed ? meta.full : actual.meta,
    ratelimits: ratelimits.changed
      ? Object.fromEntries(ratelimits.full.map(({ name, ...limit }) => [name, limit]))
      : actual.ratelimits,
  };
}

const byName = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1);

/** The same customer with prices that every generated plan file knows, and one identity. */
function mapped(state: StripeState): StripeState {
  return {
    ...state,
    customer: { ...state.customer, metadata: { user_id: 'user_1' } },
    subscriptions: state.subscriptions.map((each) => ({
      ...each,
      metadata: {},
      items: each.items.map((entry, index) => ({
        ...entry,
        price: { ...entry.price, lookupKey: index % 2 === 0 ? 'key0' : 'boost' },
        product: { ...entry.product, metadata: {} },
      })),
    })),
  };
}

function shuffled<T>(list: readonly T[], seed: number): T[] {
  const weight = (index: number): number => Math.sin(seed * 997 + index * 7919);
  return list
    .map((entry, index) => ({ entry, weight: weight(index) }))
    .sort((a, b) => a.weight - b.weight)
    .map(({ entry }) => entry);
}

describe('whatever customers there are', () => {
  it('the order of subscriptions and items never matters', () => {
    fc.assert(
      fc.property(planFiles, states, records, fc.nat(), (planFile, state, record, seed) => {
        const other = {
          ...state,
          subscriptions: shuffled(state.subscriptions, seed).map((each) => ({
            ...each,
            items: shuffled(each.items, seed + 1),
          })),
        };
        expect(resolve(planFile, other, record, now)).toEqual(resolve(planFile, state, record, now));
      }),
      { numRuns: 500 },
    );
  });

  it('P5: a granting, mapped subscription never gives less than the fallback', () => {
    let seen = 0;
    fc.assert(
      fc.property(planFiles, states, records, (planFile, state, record) => {
        const granting = state.subscriptions.some(
          ({ status, items: bought }) => (status === 'active' || status === 'trialing') && bought.length > 0,
        );
        const resolution = resolve(planFile, mapped(state), record, now);
        if (!granting) return;
        if (resolution.kind === 'refused') throw new Error(resolution.detail);
        seen += 1;
        const free = planFile.plans['free'];
        expect(resolution.granting).toBe(true);
        expect(resolution.rank).toBeGreaterThanOrEqual(0);
        for (const [name, { limit }] of Object.entries(free?.ratelimits ?? {})) {
          expect(resolution.wanted.ratelimits[name]?.limit).toBeGreaterThanOrEqual(limit);
        }
      }),
      { numRuns: 1000 },
    );
    expect(seen).toBeGreaterThan(100);
  });

  it('P5: a granting subscription with an unmapped item is refused or keeps something granted', () => {
    fc.assert(
      fc.property(planFiles, states, records, (planFile, state, record) => {
        const active = state.subscriptions.filter(({ status }) => status === 'active');
        fc.pre(active.length > 0);
        const resolution = resolve(planFile, state, record, now);
        expect(resolution.kind === 'refused' || resolution.granting).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('a decision stands unchanged until the moment up to which it is valid', () => {
    fc.assert(
      fc.property(
        planFiles,
        states,
        records,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (planFile, state, record, part) => {
          const first = resolve(planFile, state, record, now);
          const kept = { ...record, pastDueSince: first.pastDueSince };
          const end = first.kind === 'decided' ? (first.validUntil ?? now + 100 * day) : now + 1;
          expect(end).toBeGreaterThan(now);
          const later = now + Math.floor((end - 1 - now) * part);
          expect(resolve(planFile, state, kept, later)).toEqual(first);
          if (first.kind === 'decided' && first.validUntil !== null) {
            expect(resolve(planFile, state, kept, end).explanation).not.toEqual(first.explanation);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('a change applied twice equals the change applied once', () => {
    fc.assert(
      fc.property(planFiles, states, records, identities, (planFile, state, record, actual) => {
        const resolution = resolve(planFile, state, record, now);
        fc.pre(resolution.kind === 'decided');
        const once = applied(planFile, resolution.wanted, actual);
        const again = difference(ownedBy(planFile), resolution.wanted, once);
        expect(Object.values(again).map(({ changed }) => changed)).toEqual([false, false, false]);
        expect(applied(planFile, resolution.wanted, once)).toEqual(once);
      }),
      { numRuns: 500 },
    );
  });

  it('P4: what is not owned survives every sequence of decisions', () => {
    fc.assert(
      fc.property(
        planFiles,
        fc.array(fc.tuple(states, records, fc.boolean()), { minLength: 1, maxLength: 6 }),
        identities,
        (planFile, steps, actual) => {
          const owned = ownedBy(planFile);
          const foreign = ({ meta, ratelimits, overrides }: Held) => [
            Object.entries(overrides)
              .filter(([name]) => owned.overrides?.has(name) !== true)
              .sort(byName),
            Object.entries(meta)
              .filter(([key]) => owned.meta !== 'all' && !owned.meta.has(key))
              .sort(byName),
            Object.entries(ratelimits)
              .filter(([name]) => owned.ratelimits !== 'all' && !owned.ratelimits.has(name))
              .sort(byName),
          ];
          let held: Held = actual;
          for (const [state, record, isHeld] of steps) {
            const resolution = resolve(planFile, state, record, now);
            if (resolution.kind === 'refused') continue;
            const wanted = isHeld
              ? withoutDowngrades(ownedPart(owned, held), resolution.wanted)
              : resolution.wanted;
            held = applied(planFile, wanted, held);
            expect(foreign(held)).toEqual(foreign(actual));
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('what is applied to a held customer is never a fall', () => {
    fc.assert(
      fc.property(planFiles, identities, identities, (planFile, before, after) => {
        const overrides = new Set(Object.keys(before.overrides));
        const owned = { ...ownedBy(planFile), ratelimits: 'all' as const, overrides };
        const held = withoutDowngrades(ownedPart(owned, before), after);
        expect(isDowngradeFrom({ ...before, rank: 1 }, { ...held, rank: 1 })).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});

describe('whatever Stripe may send', () => {
  const texts = fc.oneof(
    fc.string(),
    fc.constantFrom('active', 'past_due', '__proto__', 'constructor', 'key0', 'org'),
  );
  const numbers = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(8.64e15 + 1, -1, 2 ** 60));
  const metadata = fc.dictionary(texts, texts);
  const anySubscription: fc.Arbitrary<Subscription> = fc.record({
    id: texts,
    status: texts,
    createdAt: numbers,
    metadata,
    items: fc.array(
      fc.record({
        id: texts,
        price: fc.record({ id: texts, lookupKey: fc.option(texts), metadata }),
        product: fc.record({ id: texts, metadata }),
        quantity: fc.option(numbers),
      }),
      { maxLength: 3 },
    ),
    cancelAt: fc.option(numbers),
    cancelAtPeriodEnd: fc.boolean(),
    currentPeriodEnd: fc.option(numbers),
    trialEnd: fc.option(numbers),
    owedSince: fc.option(numbers),
  });
  const anyState: fc.Arbitrary<StripeState> = fc.record({
    customer: fc.record({ id: texts, deleted: fc.boolean(), metadata }),
    subscriptions: fc.array(anySubscription, { maxLength: 4 }),
    clientReferenceId: fc.option(texts),
  });

  it('resolve never throws, and every refusal and decision explains itself', () => {
    fc.assert(
      fc.property(
        planFiles,
        anyState,
        fc.record({ externalId: fc.option(texts), pastDueSince: fc.option(numbers) }),
        (planFile, state, record) => {
          const resolution = resolve(planFile, state, record, now);
          expect(resolution.explanation.length).toBeGreaterThan(0);
          if (resolution.kind === 'refused') expect(resolution.detail.endsWith('.')).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('whatever stands in a plan file', () => {
  const words = fc.constantFrom(
    'version: 1',
    'plans:',
    '  free:',
    '    rank: 0',
    '- a',
    '{',
    '}',
    '[',
    '&x',
    '*x',
    '"',
    "'",
    '!t',
    '---',
    '\t',
    'identity:',
    '<<: *x',
    '? ',
    ': ',
    '|',
    '#',
  );

  it('reading any text gives a value, never an exception', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(words).map((lines) => lines.join('\n')),
        ),
        (text) => {
          const loaded = loadPlanFile(text, 'plans.yaml');
          expect(loaded.ok || loaded.problems.length > 0).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('any value is refused with words, never with an exception', () => {
    const keys = fc.constantFrom(
      'version',
      'identity',
      'externalId',
      'plans',
      'free',
      'match',
      'meta',
      'ratelimits',
      'access',
      'addons',
      'overrides',
      'ownership',
      'retired',
      '__proto__',
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.jsonValue(),
        fc.dictionary(keys, tie('value')),
        fc.array(tie('value'), { maxLength: 3 }),
      ),
    }));
    fc.assert(
      fc.property(value, (written) => {
        const parsed = parsePlanFile(written);
        expect(parsed.ok || parsed.problems.length > 0).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
