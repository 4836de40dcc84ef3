import { afterEach, beforeEach, expect, it } from 'vitest';
import { classify } from '../../src/stripe/classify.ts';
import { fleetOf, lookUpsOf, madeEventsOf, readerOf } from '../../src/stripe/across-accounts.ts';
import { createScopes } from '../../src/stripe/scopes.ts';
import { sandboxStripeKey, startStripeSandbox, type StripeSandbox } from '../../src/sandbox/stripe.ts';
import type { DeliveryKind } from '../../src/domain/made-events.ts';
import type { ServedAccounts } from '../../src/domain/accounts.ts';
import type { Answer } from '../../src/domain/upstream/failure.ts';

let stripe: StripeSandbox;
beforeEach(async () => {
  stripe = await startStripeSandbox({ webhookSecret: 'whsec_connected' });
});
afterEach(() => stripe.close());

const scopesFor = (accounts: ServedAccounts) =>
  createScopes({ secretKey: sandboxStripeKey, apiBaseUrl: stripe.url }, accounts, Date.now);
const needs = { graceStatuses: [], clientReferenceId: false, entitlements: false };
const of = (kind: DeliveryKind) => ({ kind, entitlements: false });
const byUser = [{ object: 'customer', key: 'user_id', value: 'user_1' }] as const;

function valueOf<T>(answer: Answer<T>): T {
  if (!answer.ok) throw new Error(answer.failure.title);
  return answer.value;
}

/** The same customer and subscription, and a product that is another in each account. */
function plant(account: string | null): void {
  const controls = account === null ? stripe : stripe.connect(account);
  controls.products.create({ id: 'prod_1', metadata: { of: account ?? 'own' } });
  controls.prices.create({ id: 'price_1', product: 'prod_1' });
  controls.customers.create({ id: 'cus_1', email: 'a@example.com', metadata: { user_id: 'user_1' } });
  controls.subscriptions.create({ id: 'sub_1', customer: 'cus_1', items: [{ price: 'price_1' }] });
}

it('one id is another customer, subscription and product in every account', async () => {
  for (const account of [null, 'acct_1', 'acct_2']) plant(account);
  const reader = readerOf(scopesFor(['acct_1', 'acct_2']));
  for (const [id, of] of [
    ['cus_1', 'own'],
    ['acct_1/cus_1', 'acct_1'],
    ['acct_2/cus_1', 'acct_2'],
  ] as const) {
    const state = valueOf(await reader.readCustomer(id, needs));
    expect(state?.customer.id).toBe(id);
    expect(state?.subscriptions[0]?.items[0]?.product.metadata).toEqual({ of });
  }
  expect(valueOf(await reader.customerOf('subscription', 'acct_2/sub_1'))).toBe('acct_2/cus_1');
  expect(valueOf(await reader.readCustomer('acct_2/cus_9', needs))).toBeNull();
});

it('whoever may lead to one identity is searched in every account', async () => {
  for (const account of [null, 'acct_1', 'acct_2']) plant(account);
  const { customersLike } = readerOf(scopesFor(['acct_1', 'acct_2']));
  const customerIds = ['cus_1', 'acct_1/cus_1', 'acct_2/cus_1'];
  expect(valueOf(await customersLike(byUser, null))).toEqual({ customerIds, complete: true });
  const { customersWithEmail } = lookUpsOf(scopesFor(['acct_1', 'acct_2']));
  expect(valueOf(await customersWithEmail('a@example.com'))).toEqual(customerIds);
});

it('P5: a search that leaves accounts out does not say that nobody else is there', async () => {
  const many = Array.from({ length: 30 }, (_, nth) => `acct_${nth}`);
  for (const account of many) stripe.connect(account);
  for (const account of [null, 'acct_7']) plant(account);
  const { customersLike } = readerOf(scopesFor('all'));
  expect(valueOf(await customersLike(byUser, 'acct_7/cus_1'))).toEqual({
    customerIds: ['cus_1', 'acct_7/cus_1'],
    complete: false,
  });
  const withOneThatLeft = readerOf(scopesFor(['acct_7', 'acct_left']));
  expect(valueOf(await withOneThatLeft.customersLike(byUser, null))).toMatchObject({ complete: false });
});

it('everybody’s subscriptions and events are those of all accounts', async () => {
  for (const account of [null, 'acct_1']) plant(account);
  const scopes = scopesFor('all');
  const lists = valueOf(await fleetOf(scopes).lists());
  expect(lists).toEqual([{ testClock: null }, { account: 'acct_1', testClock: null }]);
  const seen: string[] = [];
  for (const list of lists) {
    const lane = { gte: 0, lt: null, after: null, ...list };
    const page = valueOf(await fleetOf(scopes).subscriptions(lane));
    seen.push(...page.subscriptions.map(({ customer }) => customer.id));
  }
  expect(seen).toEqual(['cus_1', 'acct_1/cus_1']);
  const concerns = new Set<string>();
  for (const kind of ['snapshot', 'thin'] as const)
    for (let list = 0, lists = 1; list < lists; list += 1) {
      const page = valueOf(await madeEventsOf(scopes)({ ...of(kind), list, since: 0, after: null }));
      lists = page.lists;
      for (const { job } of page.events) concerns.add(JSON.stringify(job?.concern));
    }
  expect(concerns).toContain(JSON.stringify({ kind: 'customer', customerId: 'acct_1/cus_1' }));
  expect(concerns).toContain(JSON.stringify({ kind: 'customer', customerId: 'cus_1' }));
});

it('thin events of a connected account are read in its context, and lead to it', async () => {
  const account = stripe.connect('acct_1');
  const { events } = account.customers.create({ id: 'cus_thin' }, { style: 'thin' });
  expect(classify(events[0]?.payload, 'all').concern).toEqual({
    kind: 'customer',
    customerId: 'acct_1/cus_thin',
  });
  const page = valueOf(
    await madeEventsOf(scopesFor(['acct_1']))({ ...of('thin'), list: 1, since: 0, after: null }),
  );
  expect(page.events.map(({ job }) => job?.concern)).toEqual([
    { kind: 'customer', customerId: 'acct_1/cus_thin' },
  ]);
  expect(stripe.requests('v2.core.events.list').map((read) => read.account)).toEqual(['acct_1']);
});

it('an account that is not served is not even asked for, and one that has left says so', async () => {
  plant('acct_1');
  const reader = readerOf(scopesFor(['acct_left']));
  const refused = await reader.readCustomer('acct_1/cus_1', needs);
  expect(refused).toMatchObject({ ok: false, failure: { type: 'account_not_served', account: 'acct_1' } });
  expect(stripe.requests()).toEqual([]);
  const left = await reader.readCustomer('acct_left/cus_1', needs);
  expect(left).toMatchObject({ ok: false, failure: { type: 'account_invalid', account: 'acct_left' } });
});

it('a new epoch of the catalogue is one for every account', async () => {
  plant('acct_1');
  const scopes = scopesFor(['acct_1']);
  const metadata = async () =>
    valueOf(await readerOf(scopes).readCustomer('acct_1/cus_1', needs))?.subscriptions[0]?.items[0]?.product
      .metadata;
  scopes.setEpoch(1);
  expect(await metadata()).toEqual({ of: 'acct_1' });
  stripe.connect('acct_1').products.update('prod_1', { metadata: { of: 'another' } });
  expect(await metadata()).toEqual({ of: 'acct_1' });
  scopes.setEpoch(2);
  expect(await metadata()).toEqual({ of: 'another' });
});
