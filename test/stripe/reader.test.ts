import { once } from 'node:events';
import { Stripe } from 'stripe';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { noTracer } from '../../src/domain/tracing.ts';
import type { ReadingNeeds } from '../../src/domain/subscription.ts';
import { listen } from '../../src/sandbox/http.ts';
import type { StripeSandbox } from '../../src/sandbox/stripe.ts';
import { createStripeClient } from '../../src/stripe/client.ts';
import { observedHttpClient } from '../../src/stripe/observed-http.ts';
import { createStripeReader } from '../../src/stripe/reader.ts';
import { createCatalog } from '../../src/stripe/catalog.ts';
import { seed, stripeWithReader } from '../support/stripe-sandbox.ts';

const noNeeds: ReadingNeeds = { graceStatuses: [], clientReferenceId: false, entitlements: false };

let open: StripeSandbox[] = [];
let set: Awaited<ReturnType<typeof stripeWithReader>>;

async function start(options: Parameters<typeof stripeWithReader>[0] = {}) {
  const started = await stripeWithReader(options);
  open.push(started.stripe);
  return started;
}

beforeEach(async () => {
  set = await start();
  seed(set.stripe);
  set.stripe.clearRequests();
});

afterEach(async () => {
  await Promise.all(open.map((stripe) => stripe.close()));
  open = [];
});

async function read(customerId = 'cus_1', needs = noNeeds) {
  const answer = await set.reader.readCustomer(customerId, needs);
  if (!answer.ok) throw new Error(`${answer.failure.title}: ${answer.failure.detail}`);
  return answer.value;
}

async function failure(customerId = 'cus_1', needs = noNeeds) {
  const answer = await set.reader.readCustomer(customerId, needs);
  if (answer.ok) throw new Error('The read was expected to fail.');
  return answer.failure;
}

const operations = () => set.stripe.requests().map(({ operation }) => operation);

describe('a customer with subscriptions', () => {
  test('comes whole, in the shape that decisions are made on', async () => {
    const { stripe } = set;
    stripe.subscriptions.create({
      id: 'sub_1',
      customer: 'cus_1',
      items: [{ id: 'si_1', price: 'price_team', quantity: 3 }],
      created: 1_793_448_000,
      metadata: { workspace: 'w1' },
      current_period_end: 1_796_040_000,
      cancel_at: 1_796_040_000,
      cancel_at_period_end: true,
      trial_end: 1_793_534_400,
    });
    expect(await read()).toEqual({
      customer: { id: 'cus_1', deleted: false, metadata: { user_id: 'user_1' } },
      subscriptions: [
        {
          id: 'sub_1',
          status: 'active',
          createdAt: 1_793_448_000_000,
          metadata: { workspace: 'w1' },
          items: [
            {
              id: 'si_1',
              price: { id: 'price_team', lookupKey: 'team_monthly', metadata: {} },
              product: { id: 'prod_team', metadata: { tier: 'team' } },
              quantity: 3,
            },
          ],
          cancelAt: 1_796_040_000_000,
          cancelAtPeriodEnd: true,
          currentPeriodEnd: 1_796_040_000_000,
          trialEnd: 1_793_534_400_000,
          owedSince: null,
        },
      ],
      clientReferenceId: null,
    });
  });

  test('costs one read once the catalogue knows its products', async () => {
    set.stripe.subscriptions.create({ customer: 'cus_1', items: [{ price: 'price_team' }] });
    await read();
    expect(operations()).toEqual(['subscriptions.list', 'products.list']);
    set.stripe.clearRequests();
    await read();
    expect(operations()).toEqual(['subscriptions.list']);
    expect(set.stripe.requests()[0]?.subject).toBe('cus_1');
  });

  test('leaves a trace of each call, with the ids that Stripe gave them', async () => {
    set.stripe.subscriptions.create({ customer: 'cus_1', items: [{ price: 'price_team' }] });
    const { requests } = await set.reader.readCustomer('cus_1', noNeeds);
    const logged = set.stripe.requests();
    expect(requests).toEqual(
      logged.map(({ operation, requestId }) => ({
        service: 'stripe',
        operation,
        requestId,
        status: 200,
        ms: expect.any(Number) as number,
      })),
    );
  });

  test('a metered item has no quantity, and no quantity is made up', async () => {
    set.stripe.prices.create({ id: 'price_metered', product: 'prod_team', usage_type: 'metered' });
    const items = [{ price: 'price_metered', quantity: null }];
    set.stripe.subscriptions.create({ customer: 'cus_1', items });
    expect((await read())?.subscriptions[0]?.items[0]?.quantity).toBeNull();
  });

  test('a status that nobody knows yet comes through as it is', async () => {
    const items = [{ price: 'price_team' }];
    set.stripe.subscriptions.create({ customer: 'cus_1', status: 'hibernating', items });
    expect((await read())?.subscriptions[0]?.status).toBe('hibernating');
  });

  test('the earliest end among the items’ periods is the subscription’s', async () => {
    const ends = [1_796_040_000, 1_793_448_000, null];
    const data = ends.map((current_period_end, index) => ({
      id: `si_${index}`,
      quantity: 1,
      current_period_end,
      price: { id: 'price_team', lookup_key: null, metadata: {}, product: 'prod_team' },
    }));
    const items = { data, has_more: false };
    const subscription = { id: 'sub_1', status: 'active', created: 1, customer: 'cus_1', items };
    const body = { data: [subscription], has_more: false };
    set.stripe.faults.add({ match: 'subscriptions.list', status: 200, body });
    expect((await read())?.subscriptions[0]?.currentPeriodEnd).toBe(1_793_448_000_000);
  });

  test('how it is paid for changes nothing: Managed Payments, another currency, tiers, coupons, taxes', async () => {
    const price = { id: 'price_team', lookup_key: 'team', metadata: {}, product: 'prod_team' };
    const item = { id: 'si_1', quantity: 3, price };
    const plain = { id: 'sub_1', status: 'active', created: 1, customer: 'cus_1', metadata: {} };
    const paid = {
      currency: 'eur',
      managed_payments: { enabled: true },
      presentment_details: { presentment_currency: 'jpy' },
      discounts: [{ id: 'di_1', source: { type: 'coupon', coupon: 'all_free' } }],
      automatic_tax: { enabled: true, liability: { type: 'stripe' } },
      default_tax_rates: [{ id: 'txr_1', percentage: 19 }],
    };
    const priced = { billing_scheme: 'tiered', tiers_mode: 'graduated', currency_options: { jpy: {} } };
    const asItIs = async (subscription: object, of: object) => {
      const items = { data: [{ ...item, price: { ...price, ...of } }], has_more: false };
      const body = { data: [{ ...subscription, items }], has_more: false };
      set.stripe.faults.add({ match: 'subscriptions.list', status: 200, body });
      return (await read())?.subscriptions;
    };
    const found = await asItIs({ ...plain, ...paid }, priced);
    expect(found).toHaveLength(1);
    expect(found).toEqual(await asItIs(plain, {}));
  });

  test('an item of the old shape, with a plan and no price, is read from its plan', async () => {
    const data = [
      { id: 'si_1', quantity: 2, plan: { id: 'gold', product: 'prod_team', metadata: { tier: 'gold' } } },
      { id: 'si_2', quantity: 1, plan: { id: 'older than products' } },
    ];
    const items = { data, has_more: false };
    const subscription = { id: 'sub_1', status: 'active', created: 1, customer: 'cus_1', items };
    const body = { data: [subscription], has_more: false };
    set.stripe.faults.add({ match: 'subscriptions.list', status: 200, body });
    const found = (await read())?.subscriptions[0]?.items.map(({ price, product }) => [price, product.id]);
    expect(found).toEqual([
      [{ id: 'gold', lookupKey: null, metadata: { tier: 'gold' } }, 'prod_team'],
      [{ id: 'older than products', lookupKey: null, metadata: {} }, 'older than products'],
    ]);
  });

  test('an item with neither a price nor a plan is an answer that nobody can read', async () => {
    const items = { data: [{ id: 'si_1', quantity: 1 }], has_more: false };
    const subscription = { id: 'sub_1', status: 'active', created: 1, customer: 'cus_1', items };
    set.stripe.faults.add({
      match: 'subscriptions.list',
      status: 200,
      body: { data: [subscription], has_more: false },
    });
    const answer = await set.reader.readCustomer('cus_1', {
      graceStatuses: [],
      clientReferenceId: false,
      entitlements: false,
    });
    expect(answer).toMatchObject({ ok: false, failure: { kind: 'malformed' } });
  });

  test('an inactive product keeps its metadata, a deleted one has none', async () => {
    set.stripe.products.create({ id: 'prod_gone', metadata: { tier: 'gone' } });
    set.stripe.prices.create({ id: 'price_gone', product: 'prod_gone' });
    set.stripe.subscriptions.create({
      customer: 'cus_1',
      items: [{ price: 'price_team' }, { price: 'price_gone' }],
    });
    set.stripe.products.update('prod_team', { active: false });
    set.stripe.products.remove('prod_gone');
    const items = (await read())?.subscriptions[0]?.items.map(({ product }) => product);
    expect(items).toEqual([
      { id: 'prod_team', metadata: { tier: 'team' } },
      { id: 'prod_gone', metadata: {} },
    ]);
  });

  test('all 250 are read, newest first, over three pages', async () => {
    for (let index = 0; index < 250; index += 1) {
      const id = `sub_${String(index).padStart(3, '0')}`;
      set.stripe.subscriptions.create({ id, customer: 'cus_1', items: [{ price: 'price_team' }] });
    }
    const ids = (await read())?.subscriptions.map(({ id }) => id) ?? [];
    expect(ids).toHaveLength(250);
    expect(ids).toEqual(ids.toSorted().reverse());
    expect(new Set(ids).size).toBe(250);
  });

  test('an active one behind more than a page of canceled ones is found', async () => {
    const items = [{ price: 'price_team' }];
    set.stripe.subscriptions.create({ id: 'sub_old', customer: 'cus_1', items, created: 1_600_000_000 });
    for (let index = 0; index < 120; index += 1) {
      set.stripe.subscriptions.remove(set.stripe.subscriptions.create({ customer: 'cus_1', items }).id);
    }
    expect((await read())?.subscriptions.map(({ id }) => id)).toEqual(['sub_old']);
  });

  test('all items are read where they fill more than the subscription brings inline', async () => {
    set.stripe.configure({ inlineItems: 3 });
    const items = Array.from({ length: 203 }, (_, index) => ({
      id: `si_${index}`,
      price: 'price_team',
      quantity: index,
    }));
    set.stripe.subscriptions.create({ customer: 'cus_1', items });
    const read1 = (await read())?.subscriptions[0]?.items.map(({ id }) => id);
    expect(read1).toEqual(items.map(({ id }) => id));
    expect(operations().filter((operation) => operation === 'subscriptionItems.list')).toHaveLength(2);
  });

  test('nothing of other customers is in it', async () => {
    set.stripe.customers.create({ id: 'cus_2' });
    set.stripe.subscriptions.create({ id: 'sub_2', customer: 'cus_2', items: [{ price: 'price_team' }] });
    expect((await read('cus_1'))?.subscriptions).toEqual([]);
  });

  test('nothing personal is taken over', async () => {
    set.stripe.subscriptions.create({ customer: 'cus_1', items: [{ price: 'price_team' }] });
    expect(JSON.stringify(await read())).not.toContain('someone@example.com');
  });
});

describe('ended subscriptions', () => {
  const items = [{ price: 'price_team' }];

  test('are left out beside one that has not ended', async () => {
    set.stripe.subscriptions.create({ id: 'sub_now', customer: 'cus_1', status: 'past_due', items });
    set.stripe.subscriptions.create({ customer: 'cus_1', status: 'incomplete_expired', items });
    set.stripe.subscriptions.remove(set.stripe.subscriptions.create({ customer: 'cus_1', items }).id);
    expect((await read())?.subscriptions.map(({ id }) => id)).toEqual(['sub_now']);
  });

  test('the newest stays where there is no other: it may say whose identity it was', async () => {
    for (const id of ['sub_older', 'sub_newer']) {
      set.stripe.subscriptions.create({ id, customer: 'cus_1', items, metadata: { user: id } });
      set.stripe.subscriptions.remove(id);
    }
    const state = await read();
    expect(state?.subscriptions.map(({ id, status }) => [id, status])).toEqual([['sub_newer', 'canceled']]);
    expect(operations()).toEqual(['subscriptions.list', 'products.list']);
  });
});

describe('a customer without subscriptions', () => {
  test('is read by itself', async () => {
    expect(await read()).toEqual({
      customer: { id: 'cus_1', deleted: false, metadata: { user_id: 'user_1' } },
      subscriptions: [],
      clientReferenceId: null,
    });
    expect(operations()).toEqual(['subscriptions.list', 'customers.retrieve']);
  });

  test('a deleted customer is told as deleted, with nothing left, whether or not it had subscriptions', async () => {
    set.stripe.customers.create({ id: 'cus_2' });
    set.stripe.subscriptions.create({ customer: 'cus_2', items: [{ price: 'price_team' }] });
    for (const id of ['cus_1', 'cus_2']) {
      set.stripe.customers.remove(id);
      const customer = { id, deleted: true, metadata: {} };
      expect(await read(id)).toEqual({ customer, subscriptions: [], clientReferenceId: null });
    }
  });

  test('an unknown customer is null', async () => {
    expect(await read('cus_nobody')).toBeNull();
  });
});

describe('since when a subscription owes', () => {
  const needs = { graceStatuses: ['past_due'], clientReferenceId: false, entitlements: false };
  const pastDue = () =>
    set.stripe.subscriptions.create({
      id: 'sub_1',
      customer: 'cus_1',
      status: 'past_due',
      items: [{ price: 'price_team' }],
    });
  const seconds = Math.floor(Date.now() / 1000);
  const hour = 3600;
  const owedSince = async () => (await read('cus_1', needs))?.subscriptions[0]?.owedSince;

  test('counts from the earliest invoice that is due: by its due date, else since it was final', async () => {
    pastDue();
    set.stripe.invoices.create({ subscription: 'sub_1', finalized_at: seconds - 5 * hour });
    const by = { finalized_at: seconds - 9 * hour, due_date: seconds - 7 * hour };
    set.stripe.invoices.create({ subscription: 'sub_1', ...by });
    expect(await owedSince()).toBe((seconds - 7 * hour) * 1000);
  });

  test('an invoice that is not due yet, is settled, void or a draft does not count', async () => {
    pastDue();
    set.stripe.invoices.create({ subscription: 'sub_1', due_date: seconds + hour });
    set.stripe.invoices.create({ subscription: 'sub_1', amount_remaining: 0 });
    for (const status of ['paid', 'void', 'uncollectible', 'draft'] as const) {
      set.stripe.invoices.create({ subscription: 'sub_1', status, amount_remaining: 5 });
    }
    expect(await owedSince()).toBeNull();
  });

  test('invoices of another subscription do not count', async () => {
    pastDue();
    const items = [{ price: 'price_team' }];
    const other = set.stripe.subscriptions.create({ customer: 'cus_1', items, created: 1_600_000_000 });
    set.stripe.invoices.create({ subscription: other.id, finalized_at: seconds - hour });
    expect(await owedSince()).toBeNull();
  });

  test('the earliest is found behind the first page of invoices', async () => {
    pastDue();
    for (let index = 0; index < 101; index += 1) {
      const at = seconds - 200 * hour + index * hour;
      set.stripe.invoices.create({ subscription: 'sub_1', created: at, finalized_at: at });
    }
    expect(await owedSince()).toBe((seconds - 200 * hour) * 1000);
  });

  test('no invoice is read for a status that no grace is about', async () => {
    set.stripe.subscriptions.create({ customer: 'cus_1', items: [{ price: 'price_team' }] });
    await read('cus_1', needs);
    expect(operations()).not.toContain('invoices.list');
  });
});

describe('the reference that a Checkout session brought', () => {
  const needs = { graceStatuses: [], clientReferenceId: true, entitlements: false };

  test('is that of the newest completed session that has one', async () => {
    const at = Math.floor(Date.now() / 1000);
    const session = { customer: 'cus_1' } as const;
    set.stripe.sessions.create({ ...session, client_reference_id: 'user_old', created: at - 30 });
    set.stripe.sessions.create({ ...session, client_reference_id: 'user_new', created: at - 20 });
    set.stripe.sessions.create({ ...session, created: at - 10 });
    set.stripe.sessions.create({ ...session, client_reference_id: 'user_open', status: 'open' });
    expect((await read('cus_1', needs))?.clientReferenceId).toBe('user_new');
  });

  test('is null without such a session, and not asked for without need', async () => {
    expect((await read('cus_1', needs))?.clientReferenceId).toBeNull();
    set.stripe.clearRequests();
    await read('cus_1', noNeeds);
    expect(operations()).not.toContain('checkout.sessions.list');
  });
});

describe('the customer behind an object', () => {
  const behind = async (object: 'subscription' | 'invoice' | 'checkout.session', id: string) => {
    const answer = await set.reader.customerOf(object, id);
    return answer.ok ? answer.value : answer.failure.title;
  };

  test('a subscription’s, an invoice’s and a session’s, the first asked for once only', async () => {
    set.stripe.subscriptions.create({ id: 'sub_1', customer: 'cus_1', items: [{ price: 'price_team' }] });
    set.stripe.invoices.create({ id: 'in_1', subscription: 'sub_1' });
    set.stripe.sessions.create({ id: 'cs_test_1', customer: 'cus_1' });
    expect(await behind('subscription', 'sub_1')).toBe('cus_1');
    expect(await behind('subscription', 'sub_1')).toBe('cus_1');
    expect(await behind('invoice', 'in_1')).toBe('cus_1');
    expect(await behind('checkout.session', 'cs_test_1')).toBe('cus_1');
    expect(operations()).toEqual([
      'subscriptions.retrieve',
      'invoices.retrieve',
      'checkout.sessions.retrieve',
    ]);
  });

  test('without a customer of its own a session has that of its subscription', async () => {
    set.stripe.subscriptions.create({ id: 'sub_1', customer: 'cus_1', items: [{ price: 'price_team' }] });
    set.stripe.sessions.create({ id: 'cs_test_1', subscription: 'sub_1' });
    expect(await behind('checkout.session', 'cs_test_1')).toBe('cus_1');
  });

  test('is null for an unknown object and for a guest', async () => {
    set.stripe.sessions.create({ id: 'cs_test_1' });
    expect(await behind('checkout.session', 'cs_test_1')).toBeNull();
    expect(await behind('subscription', 'sub_nobody')).toBeNull();
    expect(await behind('invoice', 'in_nobody')).toBeNull();
  });
});

describe('every way to fail is told apart', () => {
  const limited = 'stripe-rate-limited-reason';
  const cases: readonly (readonly [string, Record<string, unknown>, Record<string, unknown>])[] = [
    [
      'a rate limit, with its reason and the wait it asks for',
      { status: 429, retryAfter: '3', headers: { [limited]: 'endpoint-rate' } },
      {
        kind: 'http',
        status: 429,
        type: 'rate_limit',
        rateLimitedReason: 'endpoint-rate',
        retryAfterMs: 3000,
      },
    ],
    [
      'a lock that could not be had: 429 without a reason or a request id',
      { status: 429 },
      { kind: 'http', status: 429, type: 'lock_timeout', rateLimitedReason: null, requestId: null },
    ],
    [
      'a rate limit in its old form, which is a 400',
      {
        status: 400,
        body: { error: { type: 'invalid_request_error', code: 'rate_limit', message: 'Slow.' } },
      },
      { kind: 'http', status: 429, type: 'rate_limit' },
    ],
    ['a conflict', { status: 409 }, { kind: 'http', status: 409 }],
    ['an error of Stripe’s own', { status: 500 }, { kind: 'http', status: 500, type: 'api_error' }],
    ['a key that is not accepted', { status: 401 }, { kind: 'http', status: 401 }],
    ['a permission that is lacking', { status: 403 }, { kind: 'http', status: 403 }],
    ['a request that is refused', { status: 400 }, { kind: 'http', status: 400 }],
    [
      'an error page of something between, with its wait',
      { status: 503, html: '<html>down</html>', retryAfter: '7' },
      { kind: 'http', status: 503, retryAfterMs: 7000 },
    ],
    ['an error without a word', { status: 502, html: '' }, { kind: 'http', status: 502 }],
    ['an error in another’s JSON', { status: 503, body: { message: 'down' } }, { kind: 'http', status: 503 }],
    ['a redirect', { status: 302, html: 'moved' }, { kind: 'http', status: 302 }],
    ['a page where JSON should be', { status: 200, html: '<html>' }, { kind: 'malformed', status: 200 }],
    ['a bare JSON text', { status: 200, body: 'ok' }, { kind: 'malformed', status: 200 }],
    ['a bare JSON null', { status: 200, body: null }, { kind: 'malformed', status: 200 }],
    ['an object that is no list', { status: 200, body: {} }, { kind: 'malformed', status: 200 }],
    [
      'a subscription without items: never one that grants nothing',
      {
        status: 200,
        body: {
          has_more: false,
          data: [
            { id: 'sub_1', status: 'active', created: 1, customer: 'cus_1', cancel_at_period_end: false },
          ],
        },
      },
      { kind: 'malformed', status: 200, detail: expect.stringContaining('data.0.items') as string },
    ],
    [
      'a list that says that more follows and shows no way on',
      { status: 200, body: { has_more: true, data: [] } },
      { kind: 'malformed' },
    ],
  ];

  test.each(cases)('%s', async (_, fault, expected) => {
    set.stripe.faults.add({ match: 'subscriptions.list', ...fault });
    expect(await failure()).toMatchObject({
      service: 'stripe',
      operation: 'subscriptions.list',
      docs: null,
      ...expected,
    });
  });

  test('a wait given as a date is counted from now', async () => {
    const retryAfter = new Date(Date.now() + 90_000).toUTCString();
    set.stripe.faults.add({ match: 'subscriptions.list', status: 503, retryAfter });
    const { retryAfterMs } = await failure();
    expect(retryAfterMs).toBeGreaterThan(80_000);
    expect(retryAfterMs).toBeLessThanOrEqual(90_000);
  });

  test('a connection that is cut is no answer, and every attempt is in the traces', async () => {
    set.stripe.faults.add({ match: 'subscriptions.list', cut: 'before' });
    const answer = await set.reader.readCustomer('cus_1', noNeeds);
    expect(answer.ok).toBe(false);
    if (!answer.ok) expect(answer.failure).toMatchObject({ kind: 'network', status: null });
    expect(answer.requests).toHaveLength(set.stripe.requests('subscriptions.list').length);
  });

  test('nobody listening is no answer', async () => {
    await set.stripe.close();
    expect(await failure()).toMatchObject({ kind: 'network', status: null, requestId: null });
  });

  test('silence is given up after the time allowed', async () => {
    set = await start({ timeoutMs: 100 });
    seed(set.stripe);
    set.stripe.faults.add({ match: 'subscriptions.list', latencyMs: 5_000 });
    expect(await failure()).toMatchObject({ kind: 'timeout', status: null, type: null });
  });

  test('an answer that only drips in is given up after the time allowed', async () => {
    const dripping = await listen(
      (_, response) =>
        new Promise((resolve) => {
          response.writeHead(200, { 'content-type': 'application/json' });
          const drip = setInterval(() => response.write(' '), 20);
          response.on('close', () => {
            clearInterval(drip);
            resolve();
          });
        }),
    );
    const client = createStripeClient({ secretKey: 'k', apiBaseUrl: dripping.url, timeoutMs: 150 });
    const answer = await createStripeReader(client, createCatalog(client)).readCustomer('cus_1', noNeeds);
    await dripping.close();
    if (answer.ok) throw new Error('The read was expected to fail.');
    expect(answer.failure).toMatchObject({ kind: 'timeout', operation: 'subscriptions.list' });
  });

  const overFetch = (secretKey: string, url: string): Stripe => {
    const { hostname: host, port } = new URL(url);
    const httpClient = observedHttpClient(Stripe.createFetchHttpClient(), noTracer);
    return new Stripe(secretKey, { host, port, protocol: 'http', maxNetworkRetries: 0, httpClient });
  };
  const overNode = (secretKey: string, apiBaseUrl: string) => createStripeClient({ secretKey, apiBaseUrl });

  test.each([
    [200, 'node', overNode],
    [500, 'node', overNode],
    [200, 'fetch', overFetch],
    [500, 'fetch', overFetch],
  ])(
    'a body without end is cut off and is no answer, whatever its status and what it comes over: %s over %s',
    async (status, _over, connect) => {
      const hungUp: Promise<unknown>[] = [];
      const endless = await listen(
        (_, response) =>
          new Promise((resolve) => {
            hungUp.push(once(response, 'close'));
            response.writeHead(status, { 'content-type': 'application/json' });
            const more = (): void => {
              while (!response.destroyed && response.write(' '.repeat(65_536)));
            };
            response.on('drain', more).on('close', () => resolve());
            more();
          }),
      );
      const client = connect('k', endless.url);
      const answer = await createStripeReader(client, createCatalog(client)).readCustomer('cus_1', noNeeds);
      await Promise.all(hungUp);
      await endless.close();
      if (answer.ok) throw new Error('The read was expected to fail.');
      expect(['malformed', 'http']).toContain(answer.failure.kind);
      expect(answer.failure).toMatchObject({ status, operation: 'subscriptions.list' });
    },
  );

  test('a key that Stripe does not know is an answer of 401 that names no key', async () => {
    const secretKey = 'sk_test_wrong_key_of_somebody';
    const client = createStripeClient({ secretKey, apiBaseUrl: set.stripe.url });
    const answer = await createStripeReader(client, createCatalog(client)).readCustomer('cus_1', noNeeds);
    expect(answer.ok).toBe(false);
    if (!answer.ok) expect(answer.failure.status).toBe(401);
    expect(JSON.stringify(answer)).not.toMatch(/sk_test|Bearer/);
  });

  test('a permission that is lacking is named, so that it can be given', async () => {
    set.stripe.configure({ deniedPermissions: ['rak_customer_read'] });
    expect(await failure()).toMatchObject({
      operation: 'customers.retrieve',
      status: 403,
      detail: expect.stringContaining('rak_customer_read') as string,
    });
  });

  test('a failure of the catalogue fails the read: a plan is never decided without its products', async () => {
    set.stripe.subscriptions.create({ customer: 'cus_1', items: [{ price: 'price_team' }] });
    set.stripe.faults.add({ match: 'products.list', times: 1, status: 500 });
    expect(await failure()).toMatchObject({ operation: 'products.list', status: 500 });
    expect((await read())?.subscriptions[0]?.items[0]?.product.metadata).toEqual({ tier: 'team' });
  });

  test('one call is one attempt: nothing is repeated here after an answer', async () => {
    set.stripe.faults.add({ match: 'subscriptions.list', times: 5, status: 500 });
    await failure();
    expect(set.stripe.requests('subscriptions.list')).toHaveLength(1);
  });
});
