import { describe, expect, it } from 'vitest';
import { resolve } from '../../../src/domain/resolve/resolve.ts';
import {
  boost,
  day,
  decide,
  item,
  limitsOf,
  now,
  planFileOf,
  pro,
  refuse,
  shop,
  shopWith,
  stateOf,
  subscription,
  team,
  unknown,
} from '../build.ts';

describe('what entitlements stand for', () => {
  const plans = shopWith('{ tier: pro } }]', '{ tier: pro } }, { entitlement: api_pro }]').replace(
    'match: [{ lookupKey: boost }]',
    'match: [{ lookupKey: boost }, { entitlement: api_boost }]',
  );
  const entitled = (...entitlements: string[]) => ({ plans, entitlements });

  it.each([
    ['without any subscription', [], ['api_pro'], 'pro', 9000],
    ['beside a plan of lower rank', [team(3)], ['api_pro'], 'pro', 9000],
    ['as an add-on of the fallback', [], ['api_boost'], 'free', 1100],
    ['as an add-on that was bought too, once', [team(1), boost(2)], ['api_boost'], 'team', 3000],
    ['as both', [], ['api_pro', 'api_boost'], 'pro', 10_000],
    ['not, where the plan file does not know the feature', [team(1)], ['other'], 'team', 1000],
  ] as const)('%s', (_when, items, keys, plan, requests) => {
    const subscriptions = items.length === 0 ? [] : [subscription('sub_1', { items })];
    const decision = decide({ ...entitled(...keys), subscriptions });
    expect(decision.plan).toBe(plan);
    expect(limitsOf(decision)['requests']).toBe(requests);
  });

  it.each([['other'], ['api_boost'], ['api_pro'], ['api_pro', 'api_boost']])(
    'leaves whoever has an item that nothing matches as they are: it may be a better plan (%s, %s)',
    (...keys) => {
      const subscriptions = [subscription('sub_1', { items: [unknown()] })];
      expect(refuse({ ...entitled(...keys), subscriptions }).code).toBe('unmapped_item');
    },
  );

  it('passes such items over where no price stands for anything, once a plan is entitled', () => {
    const matchers = /match:(?:\n +- .*)+|match: \[.*\]/g;
    const names = ['api_team', 'api_pro', 'api_boost'];
    const alone = shop.replaceAll(matchers, () => `match: [{ entitlement: ${names.shift() ?? ''} }]`);
    expect(names).toEqual([]);
    const subscriptions = [subscription('sub_1', { items: [unknown()] })];
    const of = (...entitlements: string[]) => ({ plans: alone, entitlements, subscriptions });
    expect(decide(of('api_pro')).plan).toBe('pro');
    expect(refuse(of('api_boost')).code).toBe('unmapped_item');
    expect(refuse(of('other')).code).toBe('unmapped_item');
  });
});

describe('which subscriptions grant', () => {
  it.each([
    ['active', 'team', true],
    ['trialing', 'team', true],
    ['past_due', 'team', true],
    ['unpaid', 'free', false],
    ['incomplete', 'free', false],
    ['incomplete_expired', 'free', false],
    ['paused', 'free', false],
    ['canceled', 'free', false],
    ['a_status_of_2031', 'free', false],
    ['constructor', 'free', false],
  ])('a subscription that is %s gives %s', (status, plan, granting) => {
    const decision = decide({ subscriptions: [subscription('sub_1', { status, items: [team()] })] });
    expect(decision).toMatchObject({ plan, granting });
  });

  it.each([
    ['cancel_at_period_end', { cancelAtPeriodEnd: true }],
    ['a cancel_at in the future', { cancelAt: now + 3 * day }],
    ['a cancel_at that has passed, until Stripe says canceled', { cancelAt: now - day }],
    ['a trial that has ended, until Stripe says so', { status: 'trialing', trialEnd: now - day }],
  ])('%s changes nothing now', (_, change) => {
    const decision = decide({ subscriptions: [subscription('sub_1', { items: [team()], ...change })] });
    expect(decision).toMatchObject({ plan: 'team', validUntil: null });
  });

  it('a paused subscription that is trialing again grants again', () => {
    const paused = subscription('sub_1', { status: 'paused', items: [team()] });
    expect(decide({ subscriptions: [paused] }).plan).toBe('free');
    expect(decide({ subscriptions: [{ ...paused, status: 'trialing' }] }).plan).toBe('team');
  });

  it('without an access section active and trialing grant, and past_due does for 7 days', () => {
    const plans = shop.replace(/access:\n(  .*\n)+/, '');
    const owedSince = now - 2 * day;
    expect(plans).not.toContain('access');
    const subscriptions = [subscription('sub_1', { status: 'past_due', owedSince, items: [team()] })];
    expect(decide({ plans, subscriptions })).toMatchObject({ plan: 'team', validUntil: owedSince + 7 * day });
  });

  it('a status of the future can be named in the plan file', () => {
    const plans = shopWith('trialing: full', 'trialing: full\n  awaiting_review: full');
    const subscriptions = [subscription('sub_1', { status: 'awaiting_review', items: [team()] })];
    expect(decide({ plans, subscriptions }).plan).toBe('team');
  });
});

describe('a grace', () => {
  const pastDue = (change = {}) => subscription('sub_1', { status: 'past_due', items: [team()], ...change });

  it('counts from the open invoice, and the decision is valid until its end', () => {
    const owedSince = now - 6 * day;
    const decision = decide({ subscriptions: [pastDue({ owedSince })] });
    expect(decision).toMatchObject({ plan: 'team', validUntil: now + day, pastDueSince: now });
  });

  it('is over at its very last millisecond', () => {
    const owedSince = now - 7 * day;
    expect(decide({ subscriptions: [pastDue({ owedSince })], at: now - 1 }).plan).toBe('team');
    expect(decide({ subscriptions: [pastDue({ owedSince })] })).toMatchObject({
      plan: 'free',
      granting: false,
      validUntil: null,
      pastDueSince: now,
    });
  });

  it('counts from when the customer was first seen past due where no open invoice was found', () => {
    expect(decide({ subscriptions: [pastDue()] })).toMatchObject({
      pastDueSince: now,
      validUntil: now + 7 * day,
    });
    const record = { pastDueSince: now - 3 * day };
    expect(decide({ subscriptions: [pastDue()], record })).toMatchObject({
      plan: 'team',
      pastDueSince: now - 3 * day,
      validUntil: now + 4 * day,
    });
  });

  it('does not begin anew once it is over', () => {
    const record = { pastDueSince: now - 8 * day };
    expect(decide({ subscriptions: [pastDue()], record })).toMatchObject({
      plan: 'free',
      pastDueSince: now - 8 * day,
    });
  });

  it('of one subscription, long over, does not shorten that of a newer one', () => {
    const decision = decide({
      subscriptions: [
        pastDue({ owedSince: now - 60 * day, createdAt: now - 90 * day }),
        { ...pastDue({ createdAt: now - 2 * day }), id: 'sub_2' },
      ],
      record: { pastDueSince: now - 60 * day },
    });
    expect(decision).toMatchObject({ plan: 'team', validUntil: now + 5 * day });
  });

  it('goes on counting from when it was first seen where the invoice is written off meanwhile', () => {
    const first = decide({ subscriptions: [pastDue({ owedSince: now - day })] });
    const record = { pastDueSince: first.pastDueSince };
    const at = now + 5 * day;
    expect(decide({ subscriptions: [pastDue()], record, at })).toMatchObject({
      plan: 'team',
      validUntil: now + 7 * day,
      pastDueSince: now,
    });
  });

  it('is forgotten once nothing is past due', () => {
    const record = { pastDueSince: now - 8 * day };
    expect(decide({ subscriptions: [pastDue({ status: 'active' })], record }).pastDueSince).toBeNull();
  });

  it('goes on counting while something else is wrong', () => {
    const refusal = refuse({ subscriptions: [pastDue({ items: [unknown()], owedSince: now - day })] });
    expect(refusal).toMatchObject({ code: 'unmapped_item', pastDueSince: now });
  });

  it('of two subscriptions ends first where it ends first', () => {
    const decision = decide({
      subscriptions: [
        pastDue({ owedSince: now - day }),
        { ...pastDue({ owedSince: now - 5 * day, items: [pro()] }), id: 'sub_2' },
      ],
    });
    expect(decision).toMatchObject({ plan: 'pro', validUntil: now + 2 * day, pastDueSince: now });
  });

  it('that is over for one subscription leaves another, active one alone', () => {
    const decision = decide({
      subscriptions: [
        pastDue({ owedSince: now - 30 * day, items: [pro()] }),
        subscription('sub_2', { items: [team()] }),
      ],
    });
    expect(decision).toMatchObject({ plan: 'team', granting: true, validUntil: null });
  });
});

describe('which plan', () => {
  it.each([
    ['a lookup key', team(), 'team'],
    ['the other lookup key of a list', item('si_1', 'team_yearly'), 'team'],
    ['a product', item('si_1', null, { product: { id: 'prod_team', metadata: {} } }), 'team'],
    ['product metadata', pro(), 'pro'],
  ])('%s matches', (_, bought, plan) => {
    expect(decide({ subscriptions: [subscription('sub_1', { items: [bought] })] }).plan).toBe(plan);
  });

  it('a price id matches', () => {
    const plans = shopWith('- product: prod_team', '- price: price_si_x');
    expect(
      decide({ plans, subscriptions: [subscription('sub_1', { items: [item('si_x', null)] })] }).plan,
    ).toBe('team');
  });

  it('all keys of an entry must hold', () => {
    const plans = shopWith('- product: prod_team', '- { product: prod_team, lookupKey: t }');
    const half = item('si_1', 'other', { product: { id: 'prod_team', metadata: {} } });
    expect(refuse({ plans, subscriptions: [subscription('sub_1', { items: [half] })] }).code).toBe(
      'unmapped_item',
    );
    const whole = { ...half, price: { ...half.price, lookupKey: 't' } };
    expect(decide({ plans, subscriptions: [subscription('sub_1', { items: [whole] })] }).plan).toBe('team');
  });

  it('a product without the metadata is not matched by a key that every object has', () => {
    const plans = shopWith('{ tier: pro }', '{ toString: pro }');
    expect(refuse({ plans, subscriptions: [subscription('sub_1', { items: [pro()] })] }).code).toBe(
      'unmapped_item',
    );
  });

  it('the highest rank wins over several subscriptions', () => {
    const decision = decide({
      subscriptions: [subscription('sub_1', { items: [pro()] }), subscription('sub_2', { items: [team(4)] })],
    });
    expect(decision).toMatchObject({ plan: 'pro', rank: 20, subscriptionIds: ['sub_1', 'sub_2'] });
    expect(decision.wanted.meta).toEqual({ plan: 'pro' });
  });

  it('nothing grants: the fallback, with the identity known all the same', () => {
    expect(decide({})).toEqual({
      kind: 'decided',
      plan: 'free',
      rank: 0,
      granting: false,
      externalId: 'user_1',
      wanted: {
        meta: { plan: 'free' },
        ratelimits: {
          requests: { limit: 100, duration: 3_600_000, autoApply: true },
          tokens: { limit: 10_000, duration: 86_400_000, autoApply: false },
        },
      },
      sums: { requests: [{ kind: 'plan', amount: 100 }], tokens: [{ kind: 'plan', amount: 10_000 }] },
      validUntil: null,
      pastDueSince: null,
      subscriptionIds: [],
      explanation: [
        'The customer has no subscription that is not canceled.',
        'Nothing grants: the fallback free applies.',
        'The external id comes from {{customer.metadata.user_id}}.',
      ],
    });
  });

  it('nothing grants and there is no fallback: nothing is wanted', () => {
    const decision = decide({ plans: shopWith('fallback: free\n', '') });
    expect(decision).toMatchObject({ plan: null, rank: null, wanted: { meta: {}, ratelimits: {} } });
  });

  it('a fallback that is also bought is granted', () => {
    const plans = shopWith('    rank: 0\n', '    rank: 0\n    match: [{ lookupKey: free }]\n');
    const subscriptions = [subscription('sub_1', { items: [item('si_1', 'free')] })];
    expect(decide({ plans, subscriptions })).toMatchObject({ plan: 'free', granting: true });
  });
});

describe('quantities', () => {
  const requests = (items: Parameters<typeof subscription>[1]) =>
    limitsOf(decide({ subscriptions: [subscription('sub_1', items)] }))['requests'];

  it.each([
    ['1: what is included', 1, 1000],
    ['4: three units more', 4, 2500],
    ['0: the limit itself', 0, 1000],
    ['none, as metered items have: counts 1', null, 1000],
  ])('a quantity of %s', (_, quantity, expected) => {
    expect(requests({ items: [team(quantity)] })).toBe(expected);
  });

  it('add up over the items of the plan, in one subscription and in several', () => {
    const decision = decide({
      subscriptions: [
        subscription('sub_1', { items: [team(2, 'si_1'), item('si_2', 'team_yearly', { quantity: 3 })] }),
        subscription('sub_2', { items: [team(null, 'si_3')] }),
      ],
    });
    expect(decision.wanted.meta['seats']).toBe(6);
    expect(limitsOf(decision)['requests']).toBe(1000 + 5 * 500);
  });

  it('of a lower plan do not count', () => {
    const decision = decide({ subscriptions: [subscription('sub_1', { items: [team(50), pro()] })] });
    expect(limitsOf(decision)['requests']).toBe(9000);
  });

  it('of subscriptions that do not grant do not count', () => {
    const decision = decide({
      subscriptions: [
        subscription('sub_1', { items: [team(2)] }),
        subscription('sub_2', { status: 'unpaid', items: [team(9)] }),
      ],
    });
    expect(decision.wanted.meta['seats']).toBe(2);
  });

  it('without included every unit counts', () => {
    const plans = shopWith('included: 1, ', '');
    const subscriptions = [subscription('sub_1', { items: [team(3)] })];
    expect(limitsOf(decide({ plans, subscriptions }))['requests']).toBe(2500);
  });

  it('more than ten items and more than a hundred subscriptions are all counted', () => {
    const subscriptions = Array.from({ length: 120 }, (_, index) =>
      subscription(`sub_${index}`, {
        items: Array.from({ length: 12 }, (_, position) => team(1, `si_${index}_${position}`)),
      }),
    );
    const decision = decide({ subscriptions });
    expect(decision.wanted.meta['seats']).toBe(1440);
    expect(decision.subscriptionIds).toHaveLength(120);
    expect(decision.explanation.join(' ').length).toBeLessThan(1000);
  });

  it('beyond what a number holds exactly are refused', () => {
    const subscriptions = [subscription('sub_1', { items: [team(Number.MAX_SAFE_INTEGER)] })];
    expect(refuse({ subscriptions })).toMatchObject({
      code: 'limits_out_of_bounds',
      detail:
        'Limit requests would be larger than a number can hold exactly: check the quantities and the plan file.',
    });
  });
});

describe('add-ons', () => {
  it('add to the plan, times their quantity, from whichever subscription', () => {
    const decision = decide({
      subscriptions: [
        subscription('sub_1', { items: [team(3), boost(2)] }),
        subscription('sub_2', { items: [boost(null, 'si_b2')] }),
      ],
    });
    expect(limitsOf(decision)).toEqual({ requests: 1000 + 2 * 500 + 3 * 1000, tokens: 1_000_000 });
    expect(decision.explanation).toContain(
      'Limit requests is 1000 + 500 × 2 + 1000 × 3 (add-on boost) = 5000 per 1h.',
    );
  });

  it('with a quantity of 0 add nothing', () => {
    const subscriptions = [subscription('sub_1', { items: [team(), boost(0)] })];
    expect(limitsOf(decide({ subscriptions }))['requests']).toBe(1000);
  });

  it('alone stand on the limits of the fallback and count as granted', () => {
    const decision = decide({ subscriptions: [subscription('sub_1', { items: [boost(2)] })] });
    expect(decision).toMatchObject({ plan: 'free', rank: 0, granting: true });
    expect(limitsOf(decision)).toEqual({ requests: 2100, tokens: 10_000 });
  });

  it('alone and without a fallback are refused: there is nothing to add to', () => {
    const plans = shopWith('fallback: free\n', '');
    expect(refuse({ plans, subscriptions: [subscription('sub_1', { items: [boost()] })] })).toMatchObject({
      code: 'addon_without_base',
      detail:
        'Add-on boost has no plan to add to: name a fallback in the plan file, or give the customer a plan.',
    });
  });

  it('to a limit that the plan does not have add nothing, and the explanation says so', () => {
    const plans = shopWith('      requests: { limit: 9000, duration: 1h }\n', '');
    const decision = decide({ plans, subscriptions: [subscription('sub_1', { items: [pro(), boost()] })] });
    expect(limitsOf(decision)).toEqual({ tokens: 9_000_000 });
    expect(decision.explanation).toContain(
      'Add-on boost adds to limit requests, which the plan does not have: nothing is added.',
    );
  });

  it('that match the same price both count', () => {
    const plans = shopWith(
      'overrides:',
      '  extra:\n    match: [{ lookupKey: boost }]\n    ratelimits: { tokens: { add: 5 } }\noverrides:',
    );
    const decision = decide({ plans, subscriptions: [subscription('sub_1', { items: [team(), boost(2)] })] });
    expect(limitsOf(decision)).toEqual({ requests: 3000, tokens: 1_000_010 });
  });
});

describe('P5: what the plan file does not know leaves the identity as it is', () => {
  it('an unmapped item fails', () => {
    expect(refuse({ subscriptions: [subscription('sub_1', { items: [team(), unknown()] })] })).toEqual({
      kind: 'refused',
      code: 'unmapped_item',
      detail:
        'Item si_unknown (price_si_unknown, prod_si_unknown) is matched by no plan and no add-on: add the price to the match of a plan or an add-on, or set unmapped: ignore.',
      externalId: 'user_1',
      subscriptionIds: ['sub_1'],
      pastDueSince: null,
      explanation: [
        'Subscription sub_1 is active and grants.',
        'Item si_unknown (price_si_unknown, prod_si_unknown) is matched by no plan and no add-on: add the price to the match of a plan or an add-on, or set unmapped: ignore.',
      ],
    });
  });

  it('an unmapped item of a subscription that does not grant is no concern', () => {
    const subscriptions = [
      subscription('sub_1', { items: [team()] }),
      subscription('sub_2', { status: 'incomplete', items: [unknown()] }),
    ];
    expect(decide({ subscriptions }).plan).toBe('team');
  });

  it('with unmapped: ignore it is passed over where something else maps', () => {
    const plans = `${shop}unmapped: ignore\n`;
    const decision = decide({
      plans,
      subscriptions: [subscription('sub_1', { items: [team(), unknown()] })],
    });
    expect(decision.plan).toBe('team');
    expect(decision.explanation).toContain(
      'Item si_unknown (price_si_unknown, prod_si_unknown) is matched by nothing and passed over.',
    );
  });

  it('with unmapped: ignore it is enough that an add-on maps', () => {
    const plans = `${shop}unmapped: ignore\n`;
    const decision = decide({
      plans,
      subscriptions: [subscription('sub_1', { items: [boost(), unknown()] })],
    });
    expect(decision).toMatchObject({ plan: 'free', granting: true });
  });

  it('with unmapped: ignore and no item that maps it fails: never the fallback', () => {
    const plans = `${shop}unmapped: ignore\n`;
    expect(refuse({ plans, subscriptions: [subscription('sub_1', { items: [unknown()] })] })).toMatchObject({
      code: 'unmapped_item',
      detail:
        'Item si_unknown (price_si_unknown, prod_si_unknown) is matched by no plan and no add-on: add a price of the customer to the match of a plan or an add-on.',
    });
  });

  it('a granting subscription without items fails: never the fallback', () => {
    expect(refuse({ subscriptions: [subscription('sub_1')] })).toMatchObject({
      code: 'unmapped_item',
      detail: 'Subscription sub_1 grants but has no items: look at it in Stripe.',
    });
  });

  it('an item that two plans match fails', () => {
    const both = item('si_1', 'team_monthly', { product: { id: 'prod_1', metadata: { tier: 'pro' } } });
    expect(refuse({ subscriptions: [subscription('sub_1', { items: [both] })] })).toMatchObject({
      code: 'ambiguous_item',
      detail:
        'Item si_1 (price_si_1, prod_1) is matched by plan pro and plan team: let only one of them match it.',
    });
  });

  it('an item that a plan and an add-on match fails', () => {
    const both = item('si_1', 'boost', { product: { id: 'prod_team', metadata: {} } });
    expect(refuse({ subscriptions: [subscription('sub_1', { items: [both] })] })).toMatchObject({
      code: 'ambiguous_item',
      detail:
        'Item si_1 (price_si_1, prod_team) is matched by plan team and add-on boost: let only one of them match it.',
    });
  });
});

describe('a plan override', () => {
  const customer = (metadata: Record<string, string>) => ({ metadata: { user_id: 'user_1', ...metadata } });

  it('grants without any subscription, with a quantity of 1', () => {
    const decision = decide({ customer: customer({ unkey_plan: 'team' }) });
    expect(decision).toMatchObject({ plan: 'team', rank: 10, granting: true });
    expect(decision.wanted.meta).toEqual({ plan: 'team', seats: 1 });
    expect(decision.explanation).toContain(
      'Plan team is granted by customer metadata unkey_plan, quantity 1.',
    );
  });

  it('wins over a better plan, and takes the quantity of the items of its own plan', () => {
    const subscriptions = [subscription('sub_1', { items: [team(5), pro()] })];
    const decision = decide({ customer: customer({ unkey_plan: 'team' }), subscriptions });
    expect(decision).toMatchObject({ plan: 'team', wanted: { meta: { seats: 5 } } });
  });

  it('counts 1 where only other plans are bought', () => {
    const subscriptions = [subscription('sub_1', { items: [team(5)] })];
    expect(limitsOf(decide({ customer: customer({ unkey_plan: 'pro' }), subscriptions }))['requests']).toBe(
      9000,
    );
  });

  it('keeps the add-ons', () => {
    const subscriptions = [subscription('sub_1', { items: [team(), boost(3)] })];
    expect(limitsOf(decide({ customer: customer({ unkey_plan: 'pro' }), subscriptions }))['requests']).toBe(
      12_000,
    );
  });

  it('lets nothing unmapped fail', () => {
    const subscriptions = [subscription('sub_1', { items: [unknown()] }), subscription('sub_2')];
    expect(decide({ customer: customer({ unkey_plan: 'pro' }), subscriptions }).plan).toBe('pro');
  });

  it('may name the fallback, which then is granted', () => {
    const subscriptions = [subscription('sub_1', { items: [team()] })];
    expect(decide({ customer: customer({ unkey_plan: 'free' }), subscriptions })).toMatchObject({
      plan: 'free',
      granting: true,
    });
  });

  it.each(['gold', 'constructor', '__proto__'])(
    'that names no plan (%s) fails and does not repeat the value',
    (plan) => {
      const refusal = refuse({
        customer: { metadata: JSON.parse(`{"user_id":"u","unkey_plan":"${plan}"}`) },
      });
      expect(refusal).toMatchObject({
        code: 'override_invalid',
        detail:
          'Customer metadata unkey_plan names no plan of the plan file: set it to free, pro and team, or remove it.',
      });
    },
  );

  it('that is empty does not exist', () => {
    expect(decide({ customer: customer({ unkey_plan: ' ' }) }).granting).toBe(false);
  });

  it('does not exist where the plan file has no key for it', () => {
    const plans = shopWith('  plan: unkey_plan\n', '');
    expect(decide({ plans, customer: customer({ unkey_plan: 'pro' }) }).plan).toBe('free');
  });
});

describe('limit overrides', () => {
  const subscriptions = [subscription('sub_1', { items: [team(3), boost()] })];
  const customer = (metadata: Record<string, string>) => ({ metadata: { user_id: 'user_1', ...metadata } });

  it('set a limit of the granted plan, whatever units and add-ons come to', () => {
    const decision = decide({ subscriptions, customer: customer({ unkey_limit_requests: '50000' }) });
    expect(decision.wanted.ratelimits).toEqual({
      requests: { limit: 50_000, duration: 3_600_000, autoApply: true },
      tokens: { limit: 1_000_000, duration: 86_400_000, autoApply: false },
    });
    expect(decision.explanation).toContain(
      'Customer metadata unkey_limit_requests sets limit requests to 50000 per 1h.',
    );
  });

  it('may lower a limit', () => {
    const decision = decide({ subscriptions, customer: customer({ unkey_limit_tokens: '1' }) });
    expect(limitsOf(decision)['tokens']).toBe(1);
  });

  it('work with a plan override and with an add-on alone', () => {
    const metadata = { unkey_plan: 'pro', unkey_limit_requests: '7' };
    expect(limitsOf(decide({ customer: customer(metadata) }))['requests']).toBe(7);
    const alone = [subscription('sub_1', { items: [boost()] })];
    expect(
      limitsOf(decide({ subscriptions: alone, customer: customer({ unkey_limit_requests: '7' }) }))[
        'requests'
      ],
    ).toBe(7);
  });

  it('are passed over where nothing is granted, right or wrong', () => {
    const decision = decide({
      customer: customer({ unkey_limit_requests: '50000', unkey_limit_tokens: 'many' }),
    });
    expect(limitsOf(decision)).toEqual({ requests: 100, tokens: 10_000 });
  });

  it.each(['0', '-5', '1.5', '1e5', '50,000', 'many', '0x10', '9007199254740993'])(
    'of %s fail: no whole number of at least 1',
    (value) => {
      expect(refuse({ subscriptions, customer: customer({ unkey_limit_requests: value }) })).toMatchObject({
        code: 'override_invalid',
        detail:
          'Customer metadata unkey_limit_requests is not a whole number of at least 1: correct it or remove it.',
      });
    },
  );

  it('of a limit that the plan does not have fail, with the nearest name', () => {
    expect(refuse({ subscriptions, customer: customer({ unkey_limit_reqests: '5' }) })).toMatchObject({
      code: 'override_invalid',
      detail:
        "Customer metadata unkey_limit_reqests sets a limit that the customer's plan does not have: rename it to unkey_limit_requests.",
    });
  });
});

describe('the identity', () => {
  const bySubscription = shopWith('"{{customer.metadata.user_id}}"', '"{{subscription.metadata.org}}"');
  const org = (id: string, name: string | null, change = {}) =>
    subscription(id, { items: [team()], metadata: name === null ? {} : { org: name }, ...change });

  it('of a list is the first that yields a value', () => {
    const plans = shopWith(
      '"{{customer.metadata.user_id}}"',
      '["{{customer.metadata.org}}", "u-{{customer.id}}"]',
    );
    expect(decide({ plans }).externalId).toBe('u-cus_1');
    expect(decide({ plans, customer: { metadata: { org: 'org_1' } } }).externalId).toBe('org_1');
  });

  it('with a missing part is not there, rather than half a name', () => {
    const plans = shopWith('"{{customer.metadata.user_id}}"', '"{{customer.id}}_{{customer.metadata.org}}"');
    expect(decide({ plans }).externalId).toBeNull();
  });

  it('comes from a granting subscription before a newer one that does not grant', () => {
    const subscriptions = [
      org('sub_new', 'other', { status: 'incomplete', createdAt: now }),
      org('sub_old', 'mine', { createdAt: now - 90 * day }),
    ];
    expect(decide({ plans: bySubscription, subscriptions }).externalId).toBe('mine');
  });

  it('comes from the newest of the others where none that grants names one', () => {
    const subscriptions = [
      org('sub_1', null),
      org('sub_2', 'older', { status: 'unpaid', createdAt: now - 9 * day }),
      org('sub_3', 'newer', { status: 'unpaid', createdAt: now - 2 * day }),
    ];
    expect(decide({ plans: bySubscription, subscriptions }).externalId).toBe('newer');
  });

  it('of a customer whose subscription is gone is the one known from before', () => {
    const decision = decide({ plans: bySubscription, record: { externalId: 'mine' } });
    expect(decision).toMatchObject({ plan: 'free', externalId: 'mine' });
    expect(decision.explanation).toContain('The external id is the one known from before.');
  });

  it('that changed in Stripe is the new one, not the one known from before', () => {
    expect(decide({ record: { externalId: 'old' } }).externalId).toBe('user_1');
  });

  it('of a deleted customer is the one known from before, and without one what templates yield', () => {
    const customer = { deleted: true, metadata: {} };
    expect(decide({ customer, record: { externalId: 'old' } })).toMatchObject({
      plan: 'free',
      granting: false,
      externalId: 'old',
    });
    expect(decide({ customer }).externalId).toBeNull();
  });

  it('that nothing names is null, and the decision stands', () => {
    const decision = decide({
      customer: { metadata: {} },
      subscriptions: [subscription('sub_1', { items: [team()] })],
    });
    expect(decision).toMatchObject({ plan: 'team', externalId: null });
    expect(decision.explanation).toContain(
      'No identity is known: {{customer.metadata.user_id}} yields no value.',
    );
  });

  it('that two granting subscriptions name differently fails, both named', () => {
    const subscriptions = [org('sub_2', 'b'), org('sub_1', 'a')];
    expect(refuse({ plans: bySubscription, subscriptions })).toMatchObject({
      code: 'identity_conflict',
      detail:
        'Subscriptions sub_1 and sub_2 both grant and name different identities: make them name the same one.',
    });
  });

  it('that two granting subscriptions name alike is theirs', () => {
    const subscriptions = [org('sub_2', 'a'), org('sub_1', 'a'), org('sub_3', null)];
    expect(decide({ plans: bySubscription, subscriptions }).externalId).toBe('a');
  });

  it("that looks like one of Unkey's own ids is refused", () => {
    expect(refuse({ customer: { metadata: { user_id: 'id_123' } } })).toMatchObject({
      code: 'identity_invalid',
      detail:
        "The external id from {{customer.metadata.user_id}} begins with id_, which only Unkey's own ids do: use your own user id.",
    });
  });

  it.each(['jane@example.com', 'a b', 'ü', 'x'.repeat(256), 'a/b', ' user_1'])(
    'that Unkey cannot hold (%s) is refused, and P9: not repeated',
    (value) => {
      const refusal = refuse({ customer: { metadata: { user_id: value } } });
      expect(refusal).toMatchObject({
        code: 'identity_invalid',
        detail:
          'The external id from {{customer.metadata.user_id}} is not 1 to 255 letters, digits, "_", "." or "-": correct it in Stripe.',
      });
      expect(JSON.stringify(refusal)).not.toContain(value);
    },
  );

  it('can come from the Checkout session', () => {
    const plans = shopWith('"{{customer.metadata.user_id}}"', '"{{checkout.clientReferenceId}}"');
    expect(decide({ plans, clientReferenceId: 'user_9' }).externalId).toBe('user_9');
    expect(decide({ plans }).externalId).toBeNull();
  });

  it('is never an inherited property', () => {
    const plans = shopWith('customer.metadata.user_id', 'customer.metadata.constructor');
    expect(decide({ plans }).externalId).toBeNull();
  });
});

describe('metadata', () => {
  const meta = (text: string, given: Parameters<typeof decide>[0] = {}) =>
    decide({ plans: shopWith('    meta: { plan: pro }', `    meta: ${text}`), ...given }).wanted.meta;
  const subscriptions = [
    subscription('sub_old', { createdAt: now - 9 * day, items: [pro('si_z')], metadata: { org: 'old' } }),
    subscription('sub_new', {
      createdAt: now - day,
      cancelAt: Date.parse('2026-05-01T00:00:00.000Z'),
      items: [
        item('si_b', 'pro_b', { quantity: 2, product: { id: 'prod_b', metadata: { tier: 'pro' } } }),
        item('si_a', 'pro_a', {
          price: { id: 'price_a', lookupKey: 'pro_a', metadata: { region: 'eu' } },
          product: { id: 'prod_a', metadata: { tier: 'pro', colour: 'red' } },
        }),
        team(7),
      ],
      metadata: { org: 'new' },
    }),
  ];

  it('speaks of the item that gave the plan, of the newest subscription among several', () => {
    const text = `
      s: "{{subscription.id}}"
      status: "{{subscription.status}}"
      org: "{{subscription.metadata.org}}"
      price: "{{price.id}}"
      key: "{{price.lookupKey}}"
      region: "{{price.metadata.region}}"
      product: "{{product.id}}"
      colour: "{{product.metadata.colour}}"
      plan: "{{plan}}"
      quantity: "{{quantity}}"
      customer: "{{customer.id}}"
      user: "{{customer.metadata.user_id}}"
      ends: "{{subscription.cancelAt}}"`;
    expect(meta(text, { subscriptions })).toEqual({
      s: 'sub_new',
      status: 'active',
      org: 'new',
      price: 'price_a',
      key: 'pro_a',
      region: 'eu',
      product: 'prod_a',
      colour: 'red',
      plan: 'pro',
      quantity: 4,
      customer: 'cus_1',
      user: 'user_1',
      ends: '2026-05-01T00:00:00.000Z',
    });
  });

  it('without an item of the plan speaks of the newest subscription, and of no price', () => {
    const customer = { metadata: { unkey_plan: 'pro' } };
    const text = '{ s: "{{subscription.id}}", p: "{{price.id}}", q: "{{quantity}}" }';
    const others = [subscription('sub_1', { items: [team(5)] }), subscription('sub_2', { createdAt: now })];
    expect(meta(text, { customer, subscriptions: others, record: { externalId: 'x' } })).toEqual({
      s: 'sub_2',
      q: 1,
    });
  });

  it('keeps the type of what stands alone and makes text of what does not', () => {
    const text =
      '{ n: "{{quantity}}", t: "{{ quantity }} seats", deep: { list: ["{{quantity}}", 1, true, null] } }';
    expect(meta(text, { subscriptions })).toEqual({ n: 4, t: '4 seats', deep: { list: [4, 1, true, null] } });
  });

  it('leaves out what is missing, at every depth, and never writes undefined', () => {
    const text =
      '{ a: "{{subscription.trialEnd}}", b: "until {{subscription.trialEnd}}", c: { d: "{{price.metadata.none}}", e: 1 }, f: ["{{product.metadata.none}}", 2] }';
    expect(meta(text, { subscriptions })).toEqual({ c: { e: 1 }, f: [2] });
  });

  it('passes text from Stripe through as it is: nothing in it is a template', () => {
    const customer = { metadata: { user_id: 'u', unkey_plan: 'pro', note: '{{customer.id}}' } };
    expect(
      meta('{ n: "{{customer.metadata.note}}", m: "<{{customer.metadata.note}}>" }', { customer }),
    ).toEqual({
      n: '{{customer.id}}',
      m: '<{{customer.id}}>',
    });
  });

  it('beyond the size that Unkey takes is refused', () => {
    const customer = { metadata: { user_id: 'u', unkey_plan: 'pro', big: 'x'.repeat(500) } };
    const text = `{ m: [${Array.from({ length: 3000 }, () => '"{{customer.metadata.big}}"').join(', ')}] }`;
    const plans = shopWith('    meta: { plan: pro }', `    meta: ${text}`);
    expect(refuse({ plans, customer }).code).toBe('meta_too_large');
  });

  it('beyond 10 KB is said in the explanation', () => {
    const plans = shopWith('{ plan: pro }', `{ plan: "${'x'.repeat(10_300)}" }`);
    expect(
      decide({ plans, customer: { metadata: { user_id: 'u', unkey_plan: 'pro' } } }).explanation,
    ).toContain('The metadata is larger than 10 KB, and every key verification carries it.');
  });
});

describe('the explanation', () => {
  it('has one sentence for each step, in the order of the steps', () => {
    const decision = decide({
      subscriptions: [
        subscription('sub_a', { items: [team(3), boost(2)] }),
        subscription('sub_b', {
          status: 'past_due',
          owedSince: now - day,
          createdAt: now,
          items: [team(1, 'si_2')],
        }),
        subscription('sub_c', { status: 'incomplete', createdAt: now - 60 * day }),
        subscription('sub_d', { status: 'incomplete', createdAt: now - 61 * day }),
      ],
    });
    expect(decision.explanation).toEqual([
      'Subscription sub_a is active and grants.',
      'Subscriptions sub_c and sub_d are incomplete and grant nothing.',
      'Subscription sub_b is past_due and grants until 2026-03-16T12:00:00.000Z: money is owed since 2026-03-09T12:00:00.000Z and the grace is 7d.',
      'Items si_2 (price_si_2, prod_si_2) and si_team (price_si_team, prod_si_team) are of plan team, quantity 4.',
      'Item si_boost (price_si_boost, prod_si_boost) is of add-on boost, quantity 2.',
      'Plan team has the highest rank and is granted, quantity 4.',
      'Limit requests is 1000 + 500 × 3 + 1000 × 2 (add-on boost) = 4500 per 1h.',
      'The external id comes from {{customer.metadata.user_id}}.',
    ]);
  });

  it('does not depend on when it is asked for, so that explain and the sync after it say the same', () => {
    const state = stateOf({
      subscriptions: [subscription('sub_1', { status: 'past_due', owedSince: now - day, items: [team()] })],
    });
    const record = { externalId: null, pastDueSince: null };
    const at = (time: number) => resolve(planFileOf(shop), state, record, time).explanation;
    expect(at(now)).toEqual(at(now + 60_000));
  });

  it('P9: names no metadata value', () => {
    const metadata = { user_id: 'user_1', unkey_plan: 'pro', name: 'Jane Doe', note: 'jane@example.com' };
    const plans = shopWith('{ plan: pro }', '{ plan: pro, note: "{{customer.metadata.note}}" }');
    expect(decide({ plans, customer: { metadata } }).explanation.join(' ')).not.toMatch(/Jane|jane|user_1/);
  });
});
