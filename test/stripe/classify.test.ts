import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { classify, reasonToIgnore } from '../../src/stripe/classify.ts';
import type { AskedObject, Concern } from '../../src/domain/work.ts';
import * as fc from '../support/property.ts';

const folder = new URL('../fixtures/events/', import.meta.url);
const fixture = (name: string): unknown => JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));

const customer = (customerId: string): Concern => ({ kind: 'customer', customerId });
const ask = (object: AskedObject, id: string): Concern => ({
  kind: 'ask',
  object,
  id,
});
const catalog = (object: 'price' | 'product', id: string): Concern => ({ kind: 'catalog', object, id });

const expected: Readonly<Record<string, Concern | 'none'>> = {
  'customer.subscription.created.2012': customer('cus_Of2012'),
  'customer.updated.2013-02-13': customer('cus_Of2013'),
  'invoice.payment_succeeded.2014-01-31': customer('cus_Of2014'),
  'customer.subscription.deleted.2015-10-16.connected': customer('cus_Of2015'),
  'plan.updated.2018-05-21': 'none',
  'checkout.session.completed.2018-11-08': customer('cus_Of2018'),
  'customer.subscription.updated.2026-10-28.endive': customer('cus_TeamOfEndive'),
  'customer.subscription.updated.2026-10-28.endive.connected': customer('cus_OfAMember'),
  'customer.subscription.updated.2026-10-28.endive.organisation': customer('cus_OfAMember'),
  'entitlements.active_entitlement_summary.updated.2026-10-28.endive.connected': customer('cus_Entitled'),
  'invoice.paid.2026-10-28.endive.accounts-v2': ask('subscription', 'sub_1TqA0000000000000000team'),
  'product.updated.2026-10-28.endive': catalog('product', 'prod_Team'),
  'thin.customer.subscription.item_quantity_changed': ask('subscription', 'sub_1TqA0000000000000000team'),
  'thin.customer.updated': customer('cus_ThinOne'),
  'thin.customer.updated.organisation-connected': customer('cus_OfAPlatform'),
  'thin.price.lookup_key_changed.connected': catalog('price', 'price_Thin'),
  'thin.event_destination.ping': 'none',
};

describe('events as Stripe sent them from 2012 to today', () => {
  test.each(Object.entries(expected))('%s leads where it should', (name, concern) => {
    const { concern: found } = classify(fixture(name));
    if (concern === 'none') expect(found.kind).toBe('none');
    else expect(found).toEqual(concern);
  });

  test('every fixture is in the table above', () => {
    const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
    expect(names.map((name) => name.slice(0, -5)).sort()).toEqual(Object.keys(expected).sort());
  });
});

/** The type's route: what a snapshot (object id `obj_1`, customer `cus_1`) and a thin event of it lead to. */
const byCustomer = (object: AskedObject) => [customer('cus_1'), ask(object, 'obj_1')] as const;
const self = [customer('obj_1'), customer('obj_1')] as const;
const routes: readonly (readonly [readonly [Concern, Concern] | 'none', readonly string[]])[] = [
  [
    byCustomer('subscription'),
    [
      'created',
      'updated',
      'deleted',
      'paused',
      'resumed',
      'trial_will_end',
      'pending_update_applied',
      'pending_update_expired',
      'active',
      'trialing',
      'incomplete',
      'incomplete_expired',
      'past_due',
      'unpaid',
      'cancel_at_changed',
      'default_payment_method_changed',
      'item_added',
      'item_removed',
      'item_price_changed',
      'item_quantity_changed',
      'item_tax_rates_changed',
      'something_of_the_year_2030',
    ].map((name) => `customer.subscription.${name}`),
  ],
  [self, ['customer.created', 'customer.updated', 'customer.deleted']],
  [
    byCustomer('invoice'),
    [
      'invoice.paid',
      'invoice.payment_succeeded',
      'invoice.payment_failed',
      'invoice.voided',
      'invoice.payment_action_required',
      'invoice.marked_uncollectible',
      'invoice.finalized',
      'invoice.overdue',
    ],
  ],
  [
    byCustomer('checkout.session'),
    ['checkout.session.completed', 'checkout.session.async_payment_succeeded'],
  ],
  [
    [catalog('product', 'obj_1'), catalog('product', 'obj_1')],
    ['product.updated', 'product.deleted'],
  ],
  [
    [catalog('price', 'obj_1'), catalog('price', 'obj_1')],
    ['price.created', 'price.updated', 'price.deleted', 'price.lookup_key_changed'],
  ],
  [
    'none',
    [
      'invoice.created',
      'invoice.upcoming',
      'invoice.updated',
      'invoice.sent',
      'invoiceitem.created',
      'customer.discount.created',
      'customer.source.created',
      'customer.tax_id.updated',
      'checkout.session.expired',
      'checkout.session.async_payment_failed',
      'plan.updated',
      'product.created',
      'product.default_price_changed',
      'price.activated',
      'price.deactivated',
      'subscription_schedule.created',
      'subscription_schedule.released',
      'subscription_schedule.updated',
      'entitlements.feature.created',
      'billing.alert.triggered',
      'payment_intent.succeeded',
      'charge.succeeded',
      'charge.refunded',
      'charge.dispute.created',
      'charge.dispute.closed',
      'refund.created',
      'credit_note.created',
      'account.updated',
      'ping',
      'constructor',
    ],
  ],
];

test('who is entitled to what has no id: a snapshot names the customer, and a thin event leads nowhere', () => {
  const type = 'entitlements.active_entitlement_summary.updated';
  const object = { object: 'entitlements.active_entitlement_summary', customer: 'cus_1', livemode: false };
  expect(classify({ id: 'evt_1', object: 'event', type, data: { object } }).concern).toEqual(
    customer('cus_1'),
  );
  const thin = { id: 'evt_2', object: 'v2.core.event', type: `v1.${type}`, related_object: { id: 'sum_1' } };
  expect(classify(thin).concern.kind).toBe('none');
});

describe.each(routes.flatMap(([route, types]) => types.map((type) => [type, route] as const)))(
  '%s',
  (type, route) => {
    test('as a snapshot and as a thin event', () => {
      const snapshot = {
        id: 'evt_1',
        object: 'event',
        type,
        livemode: false,
        data: { object: { id: 'obj_1', customer: 'cus_1' } },
      };
      const thin = {
        id: 'evt_2',
        object: 'v2.core.event',
        type: `v1.${type}`,
        livemode: false,
        related_object: { id: 'obj_1', type: 'x', url: '/x' },
      };
      const found = [classify(snapshot), classify(thin)];
      expect(found.map((each) => each.type)).toEqual([type, type]);
      if (route === 'none') expect(found.map((each) => each.concern.kind)).toEqual(['none', 'none']);
      else expect(found.map((each) => each.concern)).toEqual(route);
    });
  },
);

describe('where the customer is', () => {
  const snapshot = (type: string, object: unknown) =>
    classify({ id: 'evt_1', object: 'event', type, livemode: false, data: { object } }).concern;

  test('an expanded customer counts by its id', () => {
    expect(snapshot('invoice.paid', { id: 'in_1', customer: { id: 'cus_2', deleted: true } })).toEqual(
      customer('cus_2'),
    );
  });

  test('without a customer the subscription is asked, wherever the version keeps it', () => {
    const old = { id: 'in_1', customer: null, subscription: 'sub_old' };
    const parent = { subscription_details: { subscription: 'sub_new' } };
    expect(snapshot('invoice.paid', old)).toEqual(ask('subscription', 'sub_old'));
    expect(snapshot('invoice.paid', { ...old, parent })).toEqual(ask('subscription', 'sub_new'));
    const session = { id: 'cs_1', customer: null, subscription: { id: 'sub_1', customer: 'cus_3' } };
    expect(snapshot('checkout.session.completed', session)).toEqual(customer('cus_3'));
  });

  test('what names no customer is asked for, by its account where it names that alone', () => {
    const account = { customer: null, customer_account: 'acct_1' };
    const nobody = { customer: null };
    expect(snapshot('checkout.session.completed', { id: 'cs_1', ...nobody })).toEqual(
      ask('checkout.session', 'cs_1'),
    );
    expect(snapshot('invoice.paid', { id: 'in_1', ...account })).toEqual(ask('account', 'acct_1'));
    expect(snapshot('invoice.paid', { id: 'in_1', ...account, subscription: 'sub_1' })).toEqual(
      ask('subscription', 'sub_1'),
    );
    for (const of of [account, nobody, {}]) {
      expect(snapshot('customer.subscription.updated', { id: 'sub_1', ...of })).toEqual(
        ask('subscription', 'sub_1'),
      );
    }
    expect(snapshot('customer.subscription.updated', account)).toEqual(ask('account', 'acct_1'));
    expect(snapshot('invoice.paid', {})).toEqual({
      kind: 'none',
      reason: 'the invoice.paid event names nothing that leads to a customer',
    });
  });

  test.each([
    'v2.core.account.created',
    'v2.core.account.updated',
    'v2.core.account.closed',
    'v2.core.account[configuration.customer].updated',
    'v2.core.account[configuration.customer].capability_status_updated',
    'v2.core.account[identity].updated',
  ])('%s leads to the customer that the account is', (type) => {
    const event = {
      object: 'v2.core.event',
      id: 'evt_1',
      type,
      related_object: { id: 'acct_1', type: 'v2.core.account' },
    };
    expect(classify(event)).toMatchObject({ type, concern: ask('account', 'acct_1') });
  });

  test('an account’s other events do not, and no type is too strange to be answered', () => {
    const thin = (type: string) =>
      classify({ object: 'v2.core.event', id: 'evt_1', type, related_object: { id: 'acct_1' } }).concern.kind;
    expect(thin('v2.core.account[configuration.merchant].updated')).toBe('none');
    expect(thin('v9.whatever/with spaces\n[and].more')).toBe('none');
    expect(thin('x'.repeat(10_000))).toBe('none');
  });

  test('families that grow around subscriptions are taken along', () => {
    const object = { id: 'sub_1', customer: 'cus_1' };
    expect(snapshot('customer.subscription_pause.requested', object)).toEqual(customer('cus_1'));
    expect(snapshot('customer.subscription.items.quantity.changed', object)).toEqual(customer('cus_1'));
  });

  test('pricing plans lead to who pays for them, and what they consist of to nobody', () => {
    const thin = (type: string, id: string) =>
      classify({ object: 'v2.core.event', id: 'evt_1', type, related_object: { id } }).concern;
    expect(thin('v2.billing.pricing_plan_subscription.servicing_activated', 'bpps_1')).toEqual(
      ask('pricing_plan_subscription', 'bpps_1'),
    );
    expect(thin('v2.billing.cadence.billed', 'bc_1')).toEqual(ask('billing_cadence', 'bc_1'));
    expect(thin('v2.billing.rate_card.updated', 'rcd_1').kind).toBe('none');
  });

  test('an id that could not be one of Stripe is not used', () => {
    for (const id of ['', 'cus 1', 'cus_1\n', '../cus_1', 'c'.repeat(256), 7, null, true, ['cus_1']]) {
      expect(snapshot('customer.updated', { id }).kind).toBe('none');
      expect(snapshot('customer.subscription.updated', { id, customer: id }).kind).toBe('none');
    }
  });

  test('a price that was once a plan may have an id of the merchant’s own making', () => {
    expect(snapshot('price.updated', { id: 'Gold plan (monthly)' })).toEqual(
      catalog('price', 'Gold plan (monthly)'),
    );
  });
});

describe('what is ignored although its type concerns us', () => {
  const event = { id: 'evt_1', object: 'event', type: 'customer.updated', data: { object: { id: 'cus_1' } } };

  test('an event of the other mode, in either direction', () => {
    const live = classify({ ...event, livemode: true });
    const testing = classify({ ...event, livemode: false });
    expect(reasonToIgnore(live, 'live')).toBeNull();
    expect(reasonToIgnore(testing, 'test')).toBeNull();
    expect(reasonToIgnore(live, 'test')).toContain('live mode');
    expect(reasonToIgnore(testing, 'live')).toContain('test mode');
  });

  test('an event of a connected account, under each name the field has had', () => {
    for (const field of ['account', 'user_id', 'context']) {
      const classified = classify({ ...event, livemode: false, [field]: 'acct_1' });
      expect(classified.account).toBe('acct_1');
      expect(reasonToIgnore(classified, 'test')).toContain('acct_1');
    }
    expect(classify(fixture('customer.subscription.deleted.2015-10-16.connected')).account).toBe(
      'acct_Platforms2015',
    );
    expect(classify(fixture('thin.price.lookup_key_changed.connected')).account).toBe('acct_OfAPlatform');
  });

  test('one of an organisation, by the last part of the way to its account', () => {
    const classified = classify({ ...event, context: 'org_1/acct_2' });
    expect(classified).toMatchObject({ account: 'acct_2', concern: customer('cus_1') });
    expect(reasonToIgnore(classified, 'test')).toContain('acct_2');
  });

  test('an account that cannot be read is still not ours', () => {
    expect(classify({ ...event, account: { id: 'acct_1' } }).account).toBe('unknown');
  });

  test('an event of no concern, with the reason that its type has', () => {
    const classified = classify({ ...event, type: 'plan.updated', livemode: false });
    expect(reasonToIgnore(classified, 'test')).toBe('every plan event repeats a price event');
  });
});

describe('hostile values', () => {
  test('a prototype in the JSON changes nothing', () => {
    const text =
      '{"id":"evt_1","object":"event","type":"customer.updated","__proto__":{"account":"acct_1"},' +
      '"data":{"object":{"__proto__":{"id":"cus_evil"}}}}';
    expect(classify(JSON.parse(text))).toMatchObject({ account: null, concern: { kind: 'none' } });
    expect(({} as { account?: string }).account).toBeUndefined();
  });

  test('any JSON at all is classified without throwing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(['customer', 'ask', 'catalog', 'none']).toContain(classify(value).concern.kind);
      }),
    );
  });

  test('any JSON in the place of any field is classified without throwing, and only sound ids come out', () => {
    const types = routes.flatMap(([, names]) => names);
    const thin = fc.record({
      id: fc.jsonValue(),
      object: fc.constant('v2.core.event'),
      context: fc.jsonValue(),
      type: fc.constantFrom(...types.map((type) => `v1.${type}`)),
      related_object: fc.oneof(fc.jsonValue(), fc.record({ id: fc.jsonValue() })),
    });
    const object = fc.record({ id: fc.jsonValue(), customer: fc.jsonValue(), subscription: fc.jsonValue() });
    const snapshot = fc.record({
      id: fc.jsonValue(),
      object: fc.constant('event'),
      livemode: fc.jsonValue(),
      type: fc.constantFrom(...types),
      data: fc.oneof(fc.jsonValue(), fc.record({ object: fc.oneof(fc.jsonValue(), object) })),
    });
    fc.assert(
      fc.property(fc.oneof(thin, snapshot), (value) => {
        const { concern, eventId } = classify(value);
        expect(eventId).toMatch(/^[A-Za-z0-9_]{0,255}$/);
        if (concern.kind === 'customer') expect(concern.customerId).toMatch(/^[A-Za-z0-9_]{1,255}$/);
        if (concern.kind === 'ask') expect(concern.id).toMatch(/^[A-Za-z0-9_]{1,255}$/);
      }),
    );
  });
});

describe('events that a destination of an organisation brings', () => {
  test.each([
    ['customer.subscription.updated.2026-10-28.endive.organisation', 'acct_OfTheOrganisation/cus_OfAMember'],
    ['thin.customer.updated.organisation-connected', 'acct_OfAPlatform/cus_OfAPlatform'],
    ['customer.subscription.updated.2026-10-28.endive.connected', 'acct_OfAPlatform/cus_OfAMember'],
  ])('%s is of the account that its context ends in', (name, customerId) => {
    const served = ['acct_OfTheOrganisation', 'acct_OfAPlatform'];
    const classified = classify(fixture(name), served);
    expect(classified.concern).toEqual(customer(customerId));
    expect(reasonToIgnore(classified, 'test', served, false)).toBeNull();
    expect(reasonToIgnore(classify(fixture(name)), 'test', [], false)).toContain(
      'it belongs to the connected',
    );
  });

  test('one that names no account is nobody’s under the key of an organisation, and says what to do', () => {
    const ofNobody = classify(fixture('thin.customer.updated'), ['acct_1']);
    const reason = reasonToIgnore(ofNobody, 'test', ['acct_1'], false);
    expect(reason).toContain('only a destination of the organisation names them');
    expect(reasonToIgnore(ofNobody, 'test', ['acct_1'])).toBeNull();
  });
});

describe('events of connected accounts that are served', () => {
  const snapshot = (type: string, object: object, account = 'acct_1') =>
    classify({ id: 'evt_1', object: 'event', type, account, data: { object } }, ['acct_1', 'acct_2']);
  const thin = (type: string, id: string, context = 'acct_1') =>
    classify(
      { id: 'evt_1', object: 'v2.core.event', type: `v1.${type}`, context, related_object: { id } },
      'all',
    );

  test('lead to the account’s own customer, whatever shape they come in', () => {
    expect(snapshot('customer.updated', { id: 'cus_1' }).concern).toEqual(customer('acct_1/cus_1'));
    const subscription = { id: 'sub_1', customer: 'cus_1' };
    expect(snapshot('customer.subscription.updated', subscription, 'acct_2').concern).toEqual(
      customer('acct_2/cus_1'),
    );
    expect(thin('customer.updated', 'cus_1').concern).toEqual(customer('acct_1/cus_1'));
    expect(thin('customer.updated', 'cus_1', 'org_1/acct_2').concern).toEqual(customer('acct_2/cus_1'));
  });

  test('ask for objects, and for the catalogue, of the account', () => {
    expect(thin('customer.subscription.updated', 'sub_1').concern).toEqual(
      ask('subscription', 'acct_1/sub_1'),
    );
    expect(snapshot('invoice.paid', { id: 'in_1', subscription: 'sub_1' }).concern).toEqual(
      ask('subscription', 'acct_1/sub_1'),
    );
    expect(snapshot('price.updated', { id: 'gold' }).concern).toEqual(catalog('price', 'acct_1/gold'));
  });

  test('are worked on, and those of the other mode, or of no concern, or of other accounts are not', () => {
    const served = ['acct_1'];
    const updated = snapshot('customer.updated', { id: 'cus_1' });
    expect(reasonToIgnore(updated, 'test', served)).toBeNull();
    expect(reasonToIgnore(updated, 'test', 'all')).toBeNull();
    expect(reasonToIgnore(updated, 'live', served)).toContain('test mode');
    expect(reasonToIgnore(snapshot('plan.updated', { id: 'gold' }), 'test', served)).toContain('price event');
    const other = classify(
      {
        id: 'evt_1',
        object: 'event',
        type: 'customer.updated',
        account: 'acct_9',
        data: { object: { id: 'cus_1' } },
      },
      served,
    );
    expect(other.concern).toEqual(customer('cus_1'));
    expect(reasonToIgnore(other, 'test', served)).toBe('it belongs to the connected account acct_9');
    expect(reasonToIgnore({ ...other, account: 'unknown' }, 'test', 'all')).toContain('unknown');
  });
});
