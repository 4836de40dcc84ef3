import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cause } from '../../src/domain/customer/cause.ts';
import type { StripeControls } from '../../src/sandbox/stripe/controls.ts';
import { command, settingsOf } from '../support/command.ts';
import { startPipeline, waitFor, type Pipeline } from '../support/pipeline.ts';

const plans = `
version: 1
identity:
  externalId: ["{{account}}.{{customer.metadata.user_id}}", "{{customer.metadata.user_id}}"]
  missing: create
fallback: free
plans:
  free: { rank: 0, meta: { plan: free }, ratelimits: { requests: { limit: 100, duration: 1h } } }
  team:
    rank: 10
    match: [{ account: own, lookupKey: monthly }]
    meta: { plan: team, customer: "{{customer.id}}" }
    ratelimits: { requests: { limit: 1000, duration: 1h } }
  partner:
    rank: 20
    match: [{ account: [acct_one, acct_three], lookupKey: monthly }]
    meta: { plan: partner, customer: "{{customer.id}}", account: "{{account}}" }
    ratelimits: { requests: { limit: 2000, duration: 1h } }
  reseller:
    rank: 30
    match: [{ account: acct_two, price: price_1 }]
    meta: { plan: reseller, customer: "{{customer.id}}" }
    ratelimits: { requests: { limit: 3000, duration: 1h } }
`;

const price = { id: 'price_1', product: 'prod_1', lookup_key: 'monthly' };
const items = [{ price: 'price_1' }];

let pipeline: Pipeline;
let folder: string;
let accounts: Readonly<Record<'own' | 'one' | 'two' | 'three', StripeControls>>;

beforeAll(async () => {
  pipeline = await startPipeline({
    store: 'redis',
    plans,
    env: { STRIPE_ACCOUNTS: 'acct_one, acct_two', CONFIRM_AFTER_SECONDS: '0' },
  });
  folder = await mkdtemp(join(tmpdir(), 'planwire-connected-'));
  await writeFile(join(folder, 'plans.yaml'), plans);
  const { stripe } = pipeline;
  const [one, two, three] = ['acct_one', 'acct_two', 'acct_three'].map((id) => stripe.connect(id));
  accounts = { own: stripe, one: one ?? stripe, two: two ?? stripe, three: three ?? stripe };
  for (const account of Object.values(accounts)) {
    account.products.create({ id: 'prod_1' }, { copies: 0 });
    account.prices.create(price, { copies: 0 });
    account.customers.create({ id: 'cus_1', metadata: { user_id: 'user_1' } });
  }
  await pipeline.settled();
});
afterAll(async () => {
  await pipeline.stop();
  await rm(folder, { recursive: true, force: true });
});

const metaOf = (externalId: string) => pipeline.unkey.identity(externalId)?.meta;
const planOf = (externalId: string) => metaOf(externalId)?.['plan'];
const find = async (text: string) =>
  (await pipeline.get(`/v1/find/${encodeURIComponent(text)}`)).body as { readonly kind: string };
const planwire = (...argv: string[]) => command(argv, settingsOf(pipeline, join(folder, 'plans.yaml')));

describe.each(['snapshot', 'thin'] as const)(
  'one id of a customer in three accounts, by %s events',
  (style) => {
    it('is three customers, each with the identity and the plan of its own account', async () => {
      for (const [name, controls] of Object.entries(accounts))
        controls.subscriptions.create({ id: `sub_${name}_${style}`, customer: 'cus_1', items }, { style });
      await waitFor(() => planOf('user_1') === 'team');
      await waitFor(() => planOf('acct_one.user_1') === 'partner');
      await waitFor(() => planOf('acct_two.user_1') === 'reseller');
      expect(metaOf('acct_one.user_1')).toEqual({ plan: 'partner', customer: 'cus_1', account: 'acct_one' });
      await pipeline.settled();
      // Whoever leaves one account keeps what is had in the others.
      accounts.one.subscriptions.remove(`sub_one_${style}`, { style });
      await waitFor(() => planOf('acct_one.user_1') === 'free');
      await pipeline.settled();
      expect([planOf('user_1'), planOf('acct_two.user_1')]).toEqual(['team', 'reseller']);
      for (const name of ['own', 'two'] as const) accounts[name].subscriptions.remove(`sub_${name}_${style}`);
      await waitFor(() => planOf('user_1') === 'free' && planOf('acct_two.user_1') === 'free');
      await pipeline.settled();
    });
  },
);

it('an account that is not served is ignored, and says so to Stripe', async () => {
  const { events } = accounts.three.subscriptions.create({ customer: 'cus_1', items });
  await pipeline.stripe.settled();
  const told = pipeline.stripe.deliveries().find(({ eventId }) => eventId === events[0]?.id);
  expect(told?.status).toBe(200);
  expect(JSON.stringify(told?.answer)).toContain('it belongs to the connected account acct_three');
  expect(planOf('acct_three.user_1')).toBeUndefined();
  expect(pipeline.stripe.requests().filter(({ account }) => account === 'acct_three')).toEqual([]);
});

it('is found, shown, explained and synced by account and id, over HTTP and by the command line', async () => {
  const key = 'acct_one/cus_1';
  accounts.one.subscriptions.create({ id: 'sub_shown', customer: 'cus_1', items });
  await waitFor(() => planOf('acct_one.user_1') === 'partner');
  await pipeline.settled();
  const customer = { customerId: key, plan: 'partner' };
  const page = 'https://dashboard.stripe.com/acct_one/test/customers/cus_1';
  for (const text of [key, 'sub_shown', page]) expect(await find(text), text).toMatchObject({ customer });
  expect(await find(key)).toMatchObject({ kind: 'customer' });
  // What Planwire never saw, Stripe is asked for in its account; in the address of our own it is our own.
  accounts.one.invoices.create({ id: 'in_unseen', subscription: 'sub_shown' }, { copies: 0 });
  expect(await find('acct_one/in_unseen')).toMatchObject({ kind: 'invoice', customer });
  expect(await find('https://dashboard.stripe.com/acct_own/customers/cus_1')).toMatchObject({
    customer: { customerId: 'cus_1' },
  });
  const { body, status } = await pipeline.get(`/v1/customers/${encodeURIComponent(key)}`);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    customer,
    subscriptions: [{ id: 'sub_shown', items: [{ of: ['partner'] }] }],
  });
  const timeline = await pipeline.get(`/v1/customers/${encodeURIComponent(key)}/timeline`);
  expect(timeline.status).toBe(200);
  for (const text of [key, page]) {
    const explained = await planwire('explain', text, '--json', '--url', pipeline.url);
    expect(JSON.parse(explained.stdout)).toMatchObject({ customer: key, decision: { plan: 'partner' } });
  }
  const synced = await planwire('sync', key, '--json');
  expect(JSON.parse(synced.stdout)).toMatchObject({ outcome: { customerId: key, status: 'unchanged' } });
  expect((await planwire('sync', 'acct_one/evt_1')).exitCode).not.toBe(0);
});

it('reads of a connected account carry it, and those of the own one do not', () => {
  const read = pipeline.stripe.requests('subscriptions.list').map(({ account }) => account);
  expect(new Set(read)).toEqual(new Set([null, 'acct_one', 'acct_two']));
});

it('a changed price of a connected account has its customers looked at again, and nobody else', async () => {
  const seen = pipeline.outcomes.length;
  accounts.one.prices.update('price_1', { lookup_key: 'another' });
  await waitFor(() =>
    pipeline.outcomes.some(
      ({ customerId, status }) => customerId === 'acct_one/cus_1' && status === 'failed',
    ),
  );
  accounts.one.prices.update('price_1', { lookup_key: 'monthly' });
  await waitFor(
    async () =>
      (await pipeline.service.context.store.customers.read('acct_one/cus_1'))?.failingSince === null,
  );
  await pipeline.settled();
  expect(planOf('acct_one.user_1')).toBe('partner');
  const lookedAt = pipeline.outcomes.slice(seen).map(({ customerId }) => customerId);
  expect(new Set(lookedAt)).toEqual(new Set(['acct_one/cus_1']));
});

it('catch-up finds what never came of a connected account', async () => {
  accounts.two.subscriptions.create({ id: 'sub_missed', customer: 'cus_1', items }, { copies: 0 });
  const caught = await planwire('catch-up', '--since', '1h');
  expect(caught.exitCode, caught.stderr).toBe(0);
  await waitFor(() => planOf('acct_two.user_1') === 'reseller');
  await pipeline.settled();
});

it('reconcile reads every account that is served, and repairs in each', async () => {
  const before = await planwire('reconcile', '--json');
  expect(before.exitCode, before.stdout + before.stderr).toBe(0);
  pipeline.unkey.putIdentity({ externalId: 'acct_two.user_1', meta: { plan: 'free' } });
  const { stdout, stderr, exitCode } = await planwire('reconcile', '--repair', '--json');
  expect(exitCode, stdout + stderr).toBe(0);
  expect(stdout).toContain('"customerId":"acct_two/cus_1"');
  await waitFor(() => planOf('acct_two.user_1') === 'reseller');
  expect(planOf('acct_one.user_1')).toBe('partner');
});

it('P5: a customer of an account that is served no more keeps what is there', async () => {
  const { requestSync, store } = pipeline.service.context;
  pipeline.unkey.putIdentity({ externalId: 'acct_three.user_1', meta: { plan: 'partner' } });
  await requestSync('acct_three/cus_1', cause('manual'), { now: true });
  await waitFor(async () => (await store.customers.read('acct_three/cus_1'))?.failingSince !== null);
  const outcome = pipeline.outcomes.findLast(({ customerId }) => customerId === 'acct_three/cus_1');
  expect(outcome).toMatchObject({ status: 'failed', error: { code: 'account_not_served' } });
  expect(planOf('acct_three.user_1')).toBe('partner');
  expect(planOf('user_1')).toBe('free');
});
