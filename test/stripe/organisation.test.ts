import { afterEach, beforeEach, expect, it } from 'vitest';
import { fleetOf, madeEventsOf, readerOf } from '../../src/stripe/across-accounts.ts';
import { activePricesOf } from '../../src/stripe/across-catalogues.ts';
import { createScopes } from '../../src/stripe/scopes.ts';
import { sandboxOrganisationKey, startStripeSandbox, type StripeSandbox } from '../../src/sandbox/stripe.ts';
import type { Answer } from '../../src/domain/upstream/failure.ts';

let stripe: StripeSandbox;
beforeEach(async () => {
  stripe = await startStripeSandbox({ webhookSecret: 'whsec_organisation' });
  for (const account of ['acct_1', 'acct_2']) {
    const controls = stripe.connect(account);
    controls.products.create({ id: 'prod_1', metadata: { of: account } });
    controls.prices.create({ id: 'price_1', product: 'prod_1' });
    controls.customers.create({ id: 'cus_1', metadata: { user_id: 'user_1' } });
    controls.subscriptions.create({ id: 'sub_1', customer: 'cus_1', items: [{ price: 'price_1' }] });
  }
});
afterEach(() => stripe.close());

const scopesFor = (accounts: readonly string[]) =>
  createScopes({ secretKey: sandboxOrganisationKey, apiBaseUrl: stripe.url }, accounts, Date.now);
const needs = { graceStatuses: [], clientReferenceId: false, entitlements: false };

function valueOf<T>(answer: Answer<T>): T {
  if (!answer.ok) throw new Error(answer.failure.title);
  return answer.value;
}

it.each([
  ['no account', { 'stripe-version': '2026-10-28.endive' }, 403],
  [
    'the account in the older header',
    { 'stripe-account': 'acct_1', 'stripe-version': '2026-10-28.endive' },
    403,
  ],
  ['no version', { 'stripe-context': 'acct_1' }, 400],
  ['both', { 'stripe-context': 'acct_1', 'stripe-version': '2026-10-28.endive' }, 200],
])('the stand-in answers a request with %s as its key asks for', async (_, headers, status) => {
  const authorization = `Bearer ${sandboxOrganisationKey}`;
  const answer = await fetch(`${stripe.url}/v1/customers/cus_1`, { headers: { authorization, ...headers } });
  expect(answer.status).toBe(status);
});

it('each account is read in its context, of API v1 as of v2, and none without', async () => {
  const scopes = scopesFor(['acct_1', 'acct_2']);
  const reader = readerOf(scopes);
  const state = valueOf(await reader.readCustomer('acct_2/cus_1', needs));
  expect(state?.customer.id).toBe('acct_2/cus_1');
  expect(state?.subscriptions[0]?.items[0]?.product.metadata).toEqual({ of: 'acct_2' });
  const searches = [{ object: 'customer', key: 'user_id', value: 'user_1' }] as const;
  const customerIds = ['acct_1/cus_1', 'acct_2/cus_1'];
  expect(valueOf(await reader.customersLike(searches, null))).toEqual({ customerIds, complete: true });
  const lists = valueOf(await fleetOf(scopes).lists());
  expect(lists.map(({ account }) => account)).toEqual(['acct_1', 'acct_2']);
  for (const kind of ['snapshot', 'thin'] as const) {
    const asked = { kind, entitlements: false, list: 0, since: 0, after: null };
    expect(await madeEventsOf(scopes)(asked)).toMatchObject({ ok: true });
  }
  const reads = stripe.requests();
  expect(new Set(reads.map(({ account }) => account))).toEqual(new Set(['acct_1', 'acct_2']));
  expect(reads.filter(({ status }) => status !== 200)).toEqual([]);
});

it('every account’s prices are read, each with its account; what may not be read is named', async () => {
  const { prices, ...accounts } = valueOf(await activePricesOf(scopesFor(['acct_1', 'acct_2', 'acct_left'])));
  expect(prices.map(({ account, price }) => `${account}/${price.id}`)).toEqual([
    'acct_1/price_1',
    'acct_2/price_1',
  ]);
  expect(accounts).toEqual({ read: ['acct_1', 'acct_2'], notRead: ['acct_left'] });
});

it('of more accounts than twenty the prices of the first are read, and the others named', async () => {
  const many = Array.from({ length: 23 }, (_, nth) => `acct_many${nth}`);
  for (const account of many) stripe.connect(account);
  const { read, notRead } = valueOf(await activePricesOf(scopesFor(many)));
  expect([read.length, notRead]).toEqual([20, many.slice(20)]);
});

it('P5: an id without an account is nobody’s: nobody is asked, and it says how to write it', async () => {
  const refused = await readerOf(scopesFor(['acct_1'])).readCustomer('cus_1', needs);
  expect(refused).toMatchObject({ ok: false, failure: { type: 'account_not_served', account: 'own' } });
  expect(refused.ok ? '' : refused.failure.detail).toContain('give the id with its account');
  expect(stripe.requests()).toEqual([]);
});
