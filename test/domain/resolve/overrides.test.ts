import { expect, it } from 'vitest';
import { effectOf } from '../../../src/domain/plan-file/effect.ts';
import { boost, decide, planFileOf, pro, refuse, shop, subscription, team } from '../build.ts';

const plans = `version: 1
identity: { externalId: "{{customer.metadata.user_id}}" }
fallback: free
plans:
  free:
    rank: 0
    overrides: { api: { limit: 10, duration: 1m }, web: { limit: 5, duration: 1s } }
  team:
    rank: 10
    match: [{ lookupKey: team_monthly }]
    overrides:
      api: { limit: 100, perUnit: 50, included: 1, duration: 1m }
      web: { limit: 5, duration: 1s }
  pro:
    rank: 20
    match: [{ productMetadata: { tier: pro } }]
    overrides: { api: { limit: 9_000, duration: 1m }, web: { limit: 50, duration: 1s } }
addons:
  boost: { match: [{ lookupKey: boost }], overrides: { api: { add: 1000 } } }
overrides: { plan: unkey_plan, ratelimits: unkey_limit_, overrides: unkey_override_ }
`;

it('an override is the sum of plan, units and add-ons, in the words of a limit', () => {
  const decision = decide({
    plans,
    subscriptions: [subscription('sub_1', { items: [team(3), boost(2)] })],
  });
  expect(decision.wanted).toEqual({
    meta: {},
    ratelimits: {},
    overrides: { api: { limit: 2200, duration: 60_000 }, web: { limit: 5, duration: 1000 } },
  });
  expect(decision.explanation).toContain(
    'Override api is 100 + 50 × 2 + 1000 × 2 (add-on boost) = 2200 per 1m.',
  );
});

it('where nothing grants the overrides are those of the fallback, and an add-on alone stands on them', () => {
  expect(decide({ plans }).wanted.overrides).toMatchObject({ api: { limit: 10 }, web: { limit: 5 } });
  const alone = decide({ plans, subscriptions: [subscription('sub_1', { items: [boost()] })] });
  expect(alone.wanted.overrides).toMatchObject({ api: { limit: 1010 }, web: { limit: 5 } });
});

const dealOf = (metadata: Record<string, string>) => ({ metadata: { user_id: 'user_1', ...metadata } });

it('customer metadata sets the override of a namespace by hand, in place of units and add-ons', () => {
  const decision = decide({
    plans,
    customer: dealOf({ unkey_override_api: ' 50000 ', unkey_override_web: '' }),
    subscriptions: [subscription('sub_1', { items: [team(3), boost(2)] })],
  });
  expect(decision.wanted.overrides).toEqual({
    api: { limit: 50_000, duration: 60_000 },
    web: { limit: 5, duration: 1000 },
  });
  expect(decision.overrideSums).toEqual({
    api: [{ kind: 'override', key: 'unkey_override_api', amount: 50_000 }],
    web: [{ kind: 'plan', amount: 5 }],
  });
  expect(decision.explanation).toContain(
    'Customer metadata unkey_override_api sets override api to 50000 per 1m.',
  );
});

it('a deal by hand that grants a plan may set its overrides too, and without any the fallback stays', () => {
  const both = decide({ plans, customer: dealOf({ unkey_plan: 'pro', unkey_override_api: '12000' }) });
  expect(both.wanted.overrides).toMatchObject({ api: { limit: 12_000 }, web: { limit: 50 } });
  const alone = decide({ plans, customer: dealOf({ unkey_override_api: '12000' }) });
  expect(alone.wanted.overrides).toMatchObject({ api: { limit: 10 } });
});

it('P10: what customer metadata sets is a limit of the identity or an override, as its prefix says', () => {
  const refusal = (metadata: Record<string, string>, file = plans) =>
    refuse({
      plans: file,
      customer: dealOf(metadata),
      subscriptions: [subscription('sub_1', { items: [pro()] })],
    });
  expect(refusal({ unkey_limit_api: '5' })).toMatchObject({
    code: 'override_invalid',
    detail:
      "Customer metadata unkey_limit_api sets a limit that the customer's plan does not have: rename it to unkey_override_api.",
  });
  const without = plans.replace(', overrides: unkey_override_', '');
  expect(refusal({ unkey_limit_api: '5' }, without).detail).toContain(
    'remove it, or name a prefix in overrides.overrides of the plan file.',
  );
  expect(refusal({ unkey_override_apy: '5' }).detail).toBe(
    "Customer metadata unkey_override_apy sets an override that the customer's plan does not have: rename it to unkey_override_api.",
  );
  for (const wrong of ['0', 'many', '1e3', '-5']) {
    expect(refusal({ unkey_override_api: wrong }).detail).toBe(
      'Customer metadata unkey_override_api is not a whole number of at least 1: correct it or remove it.',
    );
  }
});

it('an override beyond what a number holds is refused', () => {
  const subscriptions = [subscription('sub_1', { items: [team(Number.MAX_SAFE_INTEGER)] })];
  expect(refuse({ plans, subscriptions })).toMatchObject({
    code: 'limits_out_of_bounds',
    detail: expect.stringContaining('Override api would be larger'),
  });
});

it('each change is counted as it is written: the identity, and every override by itself', () => {
  const subscriptions = [subscription('sub_1', { items: [pro()] })];
  const before = decide({ plans, subscriptions });
  const writes = (...changes: readonly (readonly [string, string])[]) => {
    const text = changes.reduce((file, [piece, by]) => file.replace(piece, by), plans);
    return effectOf(before, decide({ plans: text, subscriptions })).writes;
  };
  const [api, web] = [['9_000', '9_500'] as const, ['limit: 50,', 'limit: 60,'] as const];
  const meta = ['rank: 20', 'rank: 20\n    meta: { plan: pro }'] as const;
  expect([writes(), writes(meta), writes(api), writes(api, web), writes(api, web, meta)]).toEqual([
    0, 1, 1, 2, 3,
  ]);
});

it('a plan file that names no namespace is read as before there were any: its hash stays', () => {
  const planFile = planFileOf(shop);
  expect(Object.keys(planFile.addons['boost'] ?? {})).toEqual(['match', 'ratelimits']);
  expect(Object.keys(planFile.plans['free'] ?? {})).toEqual(['rank', 'match', 'meta', 'ratelimits']);
});

it('another plan file lowers whose override it lowers, and restarts its counter with another duration', () => {
  const subscriptions = [subscription('sub_1', { items: [pro()] })];
  const before = decide({ plans, subscriptions });
  const after = (piece: string, by: string) =>
    effectOf(before, decide({ plans: plans.replace(piece, by), subscriptions }));
  expect(after('9_000', '8_000')).toMatchObject({ effect: 'lowered', detail: 'override api 9000 → 8000' });
  expect(after('9_000', '9_500')).toMatchObject({ effect: 'raised', countersRestart: false });
  expect(after('9_000, duration: 1m', '900_000, duration: 1h').countersRestart).toBe(true);
  expect(after('rank: 20', 'rank: 30').effect).toBe('same');
});
