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
overrides: { ratelimits: unkey_limit_ }
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

it('P10: a limit that customer metadata sets is one of the identity, never an override', () => {
  const customer = { metadata: { user_id: 'user_1', unkey_limit_api: '5' } };
  const subscriptions = [subscription('sub_1', { items: [pro()] })];
  expect(refuse({ plans, customer, subscriptions })).toMatchObject({ code: 'override_invalid' });
});

it('an override beyond what a number holds is refused', () => {
  const subscriptions = [subscription('sub_1', { items: [team(Number.MAX_SAFE_INTEGER)] })];
  expect(refuse({ plans, subscriptions })).toMatchObject({
    code: 'limits_out_of_bounds',
    detail: expect.stringContaining('Override api would be larger'),
  });
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
