import { expect, it } from 'vitest';
import { matchCatalog } from '../../../src/domain/plan-file/match-catalog.ts';
import { formatProblem, loadPlanFile } from '../../../src/plan-file/load.ts';
import { resolve } from '../../../src/domain/resolve/resolve.ts';
import { decide, now, planFileOf, refuse, stateOf, subscription, team } from '../build.ts';

const plans = (own: string, connected: string) => `
version: 1
identity: { externalId: ["{{account}}.{{customer.metadata.user_id}}", "{{customer.id}}"] }
fallback: free
plans:
  free: { rank: 0, meta: { plan: free } }
  team: { rank: 1, match: [${own}], meta: { plan: team, customer: "{{customer.id}}", account: "{{account}}" } }
  partner: { rank: 2, match: [${connected}], meta: { plan: partner, customer: "{{customer.id}}" } }
`;
const subscriptions = [subscription('sub_1', { items: [team()] })];
const of = (id: string, text: string) => ({ customer: { id }, subscriptions, plans: text });
const apart = plans(
  '{ account: own, lookupKey: team_monthly }',
  '{ account: [acct_1, acct_2], lookupKey: team_monthly }',
);

it('a price means another plan in another account', () => {
  expect(decide(of('cus_1', apart))).toMatchObject({
    plan: 'team',
    externalId: 'cus_1',
    wanted: { meta: { plan: 'team', customer: 'cus_1' } },
  });
  expect(decide(of('cus_1', apart)).wanted.meta).not.toHaveProperty('account');
  expect(decide(of('acct_2/cus_1', apart))).toMatchObject({
    plan: 'partner',
    externalId: 'acct_2.user_1',
    wanted: { meta: { plan: 'partner', customer: 'cus_1' } },
  });
  expect(refuse(of('acct_3/cus_1', apart)).code).toBe('unmapped_item');
});

it('an entry without an account is for any', () => {
  const any = plans('{ lookupKey: team_monthly }', '{ account: acct_1, lookupKey: other }');
  for (const id of ['cus_1', 'acct_1/cus_1', 'acct_9/cus_1']) expect(decide(of(id, any)).plan).toBe('team');
});

it('entries for different accounts never meet, and those of one do', () => {
  const problems = (text: string) => {
    const loaded = loadPlanFile(text, 'plans.yaml');
    return loaded.ok ? [] : loaded.problems.map(formatProblem);
  };
  expect(problems(apart)).toEqual([]);
  const twice = '{ account: acct_1, lookupKey: team_monthly }';
  expect(problems(plans(twice, twice)).join()).toContain('matches the same price');
  expect(problems(plans('{ lookupKey: team_monthly }', twice)).join()).toContain('matches the same price');
  expect(problems(plans('{ account: acct_1 }', twice)).join()).toContain('at least one of price');
  expect(problems(plans('{ account: cus_1, price: x }', twice)).join()).toContain('own, or a list of them');
});

it('what is for connected accounts is not missed in the own catalogue', () => {
  const price = { id: 'price_1', lookupKey: 'team_monthly', metadata: {} };
  const prices = [{ price, product: { id: 'prod_1', metadata: {} }, recurring: true }];
  expect(matchCatalog(planFileOf(apart), prices)).toEqual({ unmatched: [], ambiguous: [], dead: [] });
});

it('a feature may stand for a plan in one account alone', () => {
  const text = plans('{ account: own, entitlement: api }', '{ account: acct_1, entitlement: api }');
  const entitled = (id: string) =>
    resolve(
      planFileOf(text),
      { ...stateOf({ customer: { id } }), entitlements: ['api'] },
      { externalId: null, pastDueSince: null },
      now,
    );
  expect(entitled('cus_1')).toMatchObject({ kind: 'decided', plan: 'team' });
  expect(entitled('acct_1/cus_1')).toMatchObject({ kind: 'decided', plan: 'partner' });
  expect(entitled('acct_2/cus_1')).toMatchObject({ kind: 'decided', plan: 'free' });
});
