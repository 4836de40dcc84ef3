import { describe, expect, it } from 'vitest';
import type { ListedPrice } from '../../../src/domain/catalogue.ts';
import { matchCatalog } from '../../../src/domain/plan-file/match-catalog.ts';
import { formatProblem, loadPlanFile } from '../../../src/plan-file/load.ts';
import { draftPlans } from '../../../src/queries/init/drafted-plans.ts';
import { guessTemplate } from '../../../src/queries/init/identity-template.ts';
import { limitsInUse, spread } from '../../../src/queries/init/limits-in-use.ts';
import { planFileText } from '../../../src/queries/init/plan-file-text.ts';
import {
  array,
  assert,
  constantFrom,
  integer,
  nat,
  option,
  property,
  record,
  string,
} from '../../support/property.ts';

const price = (id: string, more: Partial<ListedPrice> = {}): ListedPrice => ({
  id,
  lookupKey: null,
  product: { id: 'prod_team', name: 'Team' },
  amount: 2000,
  currency: 'usd',
  interval: 'month',
  intervalCount: 1,
  ...more,
});
const limit = (value: number, duration = 3_600_000, autoApply = true) => ({
  limit: value,
  duration,
  autoApply,
});

describe('a first plan file', () => {
  it('makes a plan of each product, the dearer the better, and one for who pays nothing', () => {
    const prices = [
      price('price_big', { product: { id: 'prod_big', name: 'Scale Up!' }, amount: 900_00 }),
      price('price_year', { amount: 200_00, interval: 'year', lookupKey: 'team_yearly' }),
      price('price_month', { lookupKey: 'team_monthly' }),
    ];
    const plans = draftPlans(prices);
    expect(plans.map(({ name, rank }) => [name, rank])).toEqual([
      ['free', 0],
      ['team', 10],
      ['scale_up', 20],
    ]);
    const text = planFileText({
      plans,
      notRead: [],
      limits: [],
      identity: guessTemplate([], new Set()),
      identities: 0,
    });
    expect(text).toContain('match: [{ lookupKey: [team_yearly, team_monthly] }]');
    expect(text).toContain('match: [{ product: prod_big }]');
    expect(text).toContain('# Scale Up!: price_big, $900.00 a month');
  });

  it('takes a product that costs nothing for the plan of who pays nothing', () => {
    const plans = draftPlans([
      price('price_0', { product: { id: 'prod_0', name: 'Hobby' }, amount: 0 }),
      price('price_1'),
    ]);
    expect(plans.map(({ name, rank }) => [name, rank])).toEqual([
      ['hobby', 0],
      ['team', 10],
    ]);
  });

  it('takes limits as they are in use, with their usual duration, the lowest for the lowest plan', () => {
    const identities = [
      { ratelimits: { requests: limit(1000), tokens: limit(5, 86_400_000, false) } },
      { ratelimits: { requests: limit(100) } },
      { ratelimits: { requests: limit(100), rare: limit(1) } },
      { ratelimits: { requests: limit(7, 1000) } },
    ];
    const [rare, requests, tokens] = limitsInUse(identities);
    expect(rare).toMatchObject({ name: 'rare' });
    expect(requests).toEqual({
      name: 'requests',
      duration: 3_600_000,
      autoApply: true,
      values: [
        { limit: 100, identities: 2 },
        { limit: 1000, identities: 1 },
      ],
    });
    expect(tokens).toMatchObject({ duration: 86_400_000, autoApply: false });
    expect(spread({ values: [1, 2].map((value) => ({ limit: value, identities: 1 })) }, 4)).toEqual([
      1, 2, 2, 2,
    ]);
    const many = [1, 2, 3, 4, 5].map((value) => ({ limit: value, identities: 1 }));
    expect(spread({ values: many }, 3)).toEqual([1, 3, 5]);
    expect(spread({ values: many }, 1)).toEqual([1]);
  });

  it('leaves out limits that a plan cannot have, and the rarest of too many', () => {
    const one = {
      ratelimits: Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`limit_${at}`, limit(1)])),
    };
    const other = {
      ratelimits: JSON.parse(
        '{"limit_59":{"limit":1,"duration":1000,"autoApply":true},"__proto__":{"limit":1,"duration":1000,"autoApply":true}}',
      ) as typeof one.ratelimits,
    };
    const names = limitsInUse([one, other, other]).map(({ name }) => name);
    expect(names).toHaveLength(50);
    expect(names).toContain('limit_59');
    expect(names).not.toContain('__proto__');
  });

  it('finds where the ids of users stand', () => {
    const customers = [
      { id: 'cus_1', metadata: { uid: 'user_1', team: 'red' } },
      { id: 'cus_2', metadata: { uid: 'user_2', team: 'red' } },
      { id: 'cus_3', metadata: { uid: 'elsewhere' } },
    ];
    expect(guessTemplate(customers, new Set(['user_1', 'user_2', 'cus_3']))).toEqual({
      template: '{{customer.metadata.uid}}',
      customers: 2,
    });
    expect(guessTemplate(customers, new Set())).toEqual({
      template: '{{customer.metadata.user_id}}',
      customers: 0,
    });
  });

  it('can be used, and has each price in one plan, whatever things are called', () => {
    const odd = constantFrom(
      'null',
      'yes',
      '1',
      '# no',
      'a: b',
      '"',
      "'",
      '\n- x',
      '{{customer.id}}',
      '__proto__',
      'free',
    );
    const name = string({ unit: 'binary', maxLength: 30 });
    const prices = array(
      record({
        product: nat(5),
        title: option(name, { nil: undefined }),
        strange: odd,
        key: option(name, { nil: null }),
        amount: option(integer({ min: 0, max: 1_000_000 }), { nil: null }),
        currency: constantFrom('usd', 'jpy', 'not a currency'),
      }),
      { maxLength: 12 },
    );
    const limits = array(
      record({
        name: string({ unit: 'binary', minLength: 3, maxLength: 40 }),
        value: integer({ min: 1, max: 1e9 }),
      }),
      { maxLength: 8 },
    );
    assert(
      property(prices, limits, (rows, values) => {
        const listed = rows.map(({ product, title, strange, key, amount, currency }, index) =>
          price(`price_${index}`, {
            product: { id: `prod_${product}`, name: title ?? strange },
            // Lookup keys are one price's each.
            lookupKey: key === null || key === '' ? null : `${key}${index}`,
            amount,
            currency,
          }),
        );
        const identities = values.map((each) => ({ ratelimits: { [each.name]: limit(each.value) } }));
        const draft = {
          plans: draftPlans(listed),
          notRead: [],
          limits: limitsInUse(identities),
          identity: guessTemplate([], new Set()),
          identities: identities.length,
        };
        const loaded = loadPlanFile(planFileText(draft), 'plans.yaml');
        if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
        const catalog = listed.map(({ id, lookupKey, product }) => ({
          price: { id, lookupKey, metadata: {} },
          product: { id: product.id, metadata: {} },
          recurring: true,
        }));
        const { unmatched, ambiguous } = matchCatalog(loaded.planFile, catalog);
        expect([...unmatched, ...ambiguous]).toEqual([]);
      }),
    );
  });
});
