import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startStripeSandbox, type StripeSandbox } from '../../src/sandbox/stripe.ts';
import { classify } from '../../src/stripe/classify.ts';
import { createStripeClient } from '../../src/stripe/client.ts';
import { createVerifier } from '../../src/stripe/verify.ts';
import { seed, webhookSecret } from '../support/stripe-sandbox.ts';

let stripe: StripeSandbox;
let client: ReturnType<typeof createStripeClient>;
let endpoint: Awaited<ReturnType<typeof startEndpoint>>;

/** A webhook endpoint that keeps what it verified and answers what it is told to. */
async function startEndpoint() {
  const received: { readonly id: string; readonly [field: string]: unknown }[] = [];
  const headers: string[] = [];
  const answers: number[] = [];
  const verify = createVerifier([webhookSecret], Date.now);
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const header = request.headers['stripe-signature'];
      const verified = verify(Buffer.concat(chunks), header);
      if (verified.ok) received.push(verified.event);
      headers.push(String(header));
      response.writeHead(verified.ok ? (answers.shift() ?? 200) : 400, {
        'content-type': 'application/json',
      });
      response.end('{"received":true}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/stripe`;
  return {
    url,
    received,
    answers,
    headers,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

beforeEach(async () => {
  endpoint = await startEndpoint();
  stripe = await startStripeSandbox({ webhookSecret, retryMs: 5 });
  client = createStripeClient({ secretKey: 'sk_test_sandbox', apiBaseUrl: stripe.url });
  seed(stripe);
  stripe.configure({ webhookUrl: endpoint.url });
});

afterEach(async () => {
  await stripe.close();
  await endpoint.close();
});

interface Data {
  readonly object: object;
}

const items = [{ price: 'price_team', quantity: 2 }];
const refusal = (call: Promise<unknown>) =>
  call.then(
    () => ({}),
    (error: unknown) => error as { statusCode?: number; code?: string; type?: string },
  );

describe('reading', () => {
  const make = (count: number) =>
    Array.from({ length: count }, (_, index) =>
      stripe.subscriptions.create({ id: `sub_${index}`, customer: 'cus_1', items }, { copies: 0 }),
    );

  test('a page has ten, newest first, and says that more follow', async () => {
    make(11);
    const page = await client.subscriptions.list({ customer: 'cus_1' });
    expect(page.data.map(({ id }) => id)).toEqual(
      Array.from({ length: 10 }, (_, index) => `sub_${10 - index}`),
    );
    expect(page.has_more).toBe(true);
  });

  test('cursors go both ways, and stripe-node’s own paging finds everything once', async () => {
    make(25);
    const after = await client.subscriptions.list({ limit: 3, starting_after: 'sub_10' });
    expect(after.data.map(({ id }) => id)).toEqual(['sub_9', 'sub_8', 'sub_7']);
    const before = await client.subscriptions.list({ limit: 3, ending_before: 'sub_10' });
    expect(before.data.map(({ id }) => id)).toEqual(['sub_13', 'sub_12', 'sub_11']);
    const all: string[] = [];
    for await (const { id } of client.subscriptions.list({ limit: 7 })) all.push(id);
    expect(all).toHaveLength(25);
    expect(new Set(all).size).toBe(25);
  });

  test('a limit out of bounds, an unknown cursor and an unknown parameter are refused', async () => {
    expect(await refusal(client.products.list({ limit: 101 }))).toMatchObject({ statusCode: 400 });
    expect(await refusal(client.products.list({ starting_after: 'prod_x' }))).toMatchObject({
      statusCode: 400,
      code: 'resource_missing',
    });
    expect(await refusal(client.subscriptions.list({ cusotmer: 'cus_1' } as object))).toMatchObject({
      statusCode: 400,
      code: 'parameter_unknown',
    });
  });

  test('without a status the canceled are left out; all and ended are what Stripe says they are', async () => {
    make(2);
    stripe.subscriptions.remove('sub_0');
    stripe.subscriptions.create({ id: 'sub_ie', customer: 'cus_1', items, status: 'incomplete_expired' });
    const ids = async (status?: 'all' | 'ended' | 'canceled' | 'active') =>
      (await client.subscriptions.list({ customer: 'cus_1', ...(status && { status }) })).data.map(
        ({ id }) => id,
      );
    expect(await ids()).toEqual(['sub_ie', 'sub_1']);
    expect(await ids('all')).toEqual(['sub_ie', 'sub_1', 'sub_0']);
    expect(await ids('ended')).toEqual(['sub_ie', 'sub_0']);
    expect(await ids('canceled')).toEqual(['sub_0']);
    expect(await ids('active')).toEqual(['sub_1']);
  });

  test('four levels may be expanded and no more, and data counts as one', async () => {
    make(1);
    const list = await client.subscriptions.list({ expand: ['data.customer', 'data.items.data.price'] });
    expect(list.data[0]?.customer).toMatchObject({ id: 'cus_1', metadata: { user_id: 'user_1' } });
    const one = await client.subscriptions.retrieve('sub_0', { expand: ['items.data.price.product'] });
    expect(one.items.data[0]?.price.product).toMatchObject({ id: 'prod_team', metadata: { tier: 'team' } });
    expect(
      await refusal(client.subscriptions.list({ expand: ['data.items.data.price.product'] })),
    ).toMatchObject({ statusCode: 400, code: 'property_expansion_max_depth' });
  });

  test('what cannot be expanded is refused, also where there is nothing to expand', async () => {
    for (const expand of ['data.status', 'data.customer.nothing', 'customer', 'data.constructor']) {
      expect(await refusal(client.subscriptions.list({ expand: [expand] }))).toMatchObject({
        statusCode: 400,
      });
    }
  });

  test('a deleted customer is a stub, an unknown one is missing: 404 in a path, 400 in a filter', async () => {
    stripe.customers.remove('cus_1');
    expect(await client.customers.retrieve('cus_1')).toEqual({
      id: 'cus_1',
      object: 'customer',
      deleted: true,
    });
    const missing = { code: 'resource_missing', type: 'StripeInvalidRequestError' };
    expect(await refusal(client.customers.retrieve('cus_x'))).toMatchObject({ ...missing, statusCode: 404 });
    expect(await refusal(client.subscriptions.list({ customer: 'cus_x' }))).toMatchObject({
      ...missing,
      statusCode: 400,
    });
  });

  test('products can be had by id, not with a cursor, and inactive ones too', async () => {
    stripe.products.create({ id: 'prod_2', active: false });
    const { data } = await client.products.list({ ids: ['prod_team', 'prod_2', 'prod_x'] });
    expect(data.map(({ id }) => id).sort()).toEqual(['prod_2', 'prod_team']);
    const both = client.products.list({ ids: ['prod_2'], starting_after: 'prod_team' });
    expect(await refusal(both)).toMatchObject({ statusCode: 400 });
  });

  test('periods are on the items alone and invoices name their subscription under parent', async () => {
    make(1);
    stripe.invoices.create({ id: 'in_1', subscription: 'sub_0' });
    const subscription = await client.subscriptions.retrieve('sub_0');
    expect(subscription).not.toHaveProperty('current_period_end');
    expect(subscription.items.data[0]?.current_period_end).toBeGreaterThan(0);
    const invoice = await client.invoices.retrieve('in_1');
    expect(invoice.parent?.subscription_details?.subscription).toBe('sub_0');
    expect(invoice).not.toHaveProperty('subscription');
  });

  test('without the right key nothing is answered, and each answer carries its request id', async () => {
    const stranger = createStripeClient({ secretKey: 'sk_test_other', apiBaseUrl: stripe.url });
    expect(await refusal(stranger.customers.retrieve('cus_1'))).toMatchObject({
      statusCode: 401,
      type: 'StripeAuthenticationError',
    });
    const customer = await client.customers.retrieve('cus_1');
    expect(customer.lastResponse.requestId).toBe(stripe.requests().at(-1)?.requestId);
    expect(customer.lastResponse.requestId).toMatch(/^req_/);
  });

  test('a lookup key is one price’s at a time', () => {
    const input = { product: 'prod_team', lookup_key: 'team_monthly' };
    expect(() => stripe.prices.create(input)).toThrow('transfer_lookup_key');
    const { events } = stripe.prices.create({ ...input, transfer_lookup_key: true });
    expect(events.map(({ type }) => type)).toEqual(['price.updated', 'price.created']);
  });
});

describe('events', () => {
  const typesReceived = () => endpoint.received.map(({ type }) => type);

  test('each change is told, signed, in the order of what happened', async () => {
    stripe.subscriptions.create({ id: 'sub_1', customer: 'cus_1', items });
    await stripe.settled();
    stripe.subscriptions.update('sub_1', { quantity: 5 });
    await stripe.settled();
    const [created, updated] = endpoint.received;
    expect(typesReceived()).toEqual(['customer.subscription.created', 'customer.subscription.updated']);
    expect(created).toMatchObject({ object: 'event', data: { object: { id: 'sub_1' } } });
    expect(updated).toMatchObject({
      data: {
        object: { items: { data: [{ quantity: 5 }] } },
        previous_attributes: { items: { data: [{ quantity: 2 }] } },
      },
    });
  });

  test('a deleted customer’s subscriptions are canceled first', async () => {
    stripe.subscriptions.create({ customer: 'cus_1', items }, { copies: 0 });
    const { events } = stripe.customers.remove('cus_1');
    expect(events.map(({ type }) => type)).toEqual(['customer.subscription.deleted', 'customer.deleted']);
    expect((await client.subscriptions.list({ status: 'canceled' })).data).toHaveLength(1);
  });

  test('a change of pausing is told twice: as an update and by its own name', () => {
    stripe.subscriptions.create({ id: 'sub_1', customer: 'cus_1', items });
    const paused = stripe.subscriptions.update('sub_1', { status: 'paused' });
    const resumed = stripe.subscriptions.update('sub_1', { status: 'active' });
    expect([...paused.events, ...resumed.events].map(({ type }) => type)).toEqual([
      'customer.subscription.updated',
      'customer.subscription.paused',
      'customer.subscription.updated',
      'customer.subscription.resumed',
    ]);
  });

  test('duplicates, lost ones and held ones in another order come as they were asked for', async () => {
    const first = stripe.customers.update('cus_1', { name: 'a' }, { copies: 3 }).events[0]?.id;
    stripe.customers.update('cus_1', { name: 'b' }, { copies: 0 });
    await stripe.settled();
    expect(endpoint.received.map(({ id }) => id)).toEqual([first, first, first]);
    const held = ['c', 'd', 'e'].map(
      (name) => stripe.customers.update('cus_1', { name }, { hold: true }).events[0]?.id,
    );
    await stripe.settled();
    expect(endpoint.received).toHaveLength(3);
    stripe.release('reversed');
    await stripe.settled();
    expect(endpoint.received.slice(3).map(({ id }) => id)).toEqual(held.toReversed());
  });

  test('an event that is not taken is delivered again, signed anew, until it is', async () => {
    endpoint.answers.push(503, 400);
    const { events } = stripe.customers.update('cus_1', { name: 'a' });
    await stripe.settled();
    expect(stripe.deliveries().map(({ eventId, attempt, status }) => [eventId, attempt, status])).toEqual(
      [503, 400, 200].map((status, index) => [events[0]?.id, index + 1, status]),
    );
    expect(endpoint.received).toHaveLength(3);
  });

  test('nothing is delivered for ever', async () => {
    await stripe.close();
    stripe = await startStripeSandbox({
      webhookSecret,
      retryMs: 1,
      maxAttempts: 3,
      webhookUrl: endpoint.url,
    });
    endpoint.answers.push(...Array.from({ length: 9 }, () => 500));
    stripe.customers.create({ id: 'cus_1' });
    await stripe.settled();
    expect(stripe.deliveries().map(({ status }) => status)).toEqual([500, 500, 500]);
    const events = await createStripeClient({
      secretKey: 'sk_test_sandbox',
      apiBaseUrl: stripe.url,
    }).events.list({ delivery_success: false });
    expect(events.data.map(({ type }) => type)).toEqual(['customer.created']);
  });

  test('an event can be delivered once more by hand, and the answer is told', async () => {
    const { events } = stripe.customers.update('cus_1', { name: 'a' });
    await stripe.settled();
    const again = await stripe.redeliver(String(events[0]?.id));
    expect(again).toMatchObject({ status: 200, answer: { received: true } });
    expect(endpoint.received.map(({ id }) => id)).toEqual([events[0]?.id, events[0]?.id]);
  });

  test('thin events name the object alone, and Stripe tells the rest when it is asked', async () => {
    stripe.subscriptions.create({ id: 'sub_1', customer: 'cus_1', items }, { style: 'both' });
    await stripe.settled();
    const thin = endpoint.received.find(({ object }) => object === 'v2.core.event');
    expect(thin).toMatchObject({
      type: 'v1.customer.subscription.created',
      related_object: { id: 'sub_1', type: 'subscription', url: '/v1/subscriptions/sub_1' },
    });
    expect(thin).not.toHaveProperty('data');
    expect(classify(thin).concern).toEqual({ kind: 'ask', object: 'subscription', id: 'sub_1' });
    expect(await client.v2.core.events.retrieve(String(thin?.id))).toMatchObject({ id: thin?.id });
  });

  test('events are listed and found as they were made', async () => {
    const made = ['a', 'b'].map((name) => stripe.customers.update('cus_1', { name }).events[0]?.id);
    const listed = await client.events.list({ types: ['customer.updated'] });
    expect(listed.data.map(({ id }) => id)).toEqual(made.toReversed());
    expect(await client.events.retrieve(String(made[0]))).toMatchObject({
      type: 'customer.updated',
      data: { object: { name: 'a' } },
    });
  });

  test('an event of another account or mode can be made', async () => {
    const object = { id: 'cus_9', object: 'customer' };
    stripe.emit({ type: 'customer.updated', object, account: 'acct_1', livemode: true });
    await stripe.settled();
    expect(classify(endpoint.received[0])).toMatchObject({ account: 'acct_1', livemode: true });
  });

  test('while a secret is rolled a delivery carries a signature for each', async () => {
    await stripe.close();
    stripe = await startStripeSandbox({
      webhookSecret: ['whsec_new', webhookSecret],
      webhookUrl: endpoint.url,
    });
    stripe.customers.create({ id: 'cus_1' });
    await stripe.settled();
    expect(endpoint.received).toHaveLength(1);
    expect(endpoint.headers[0]?.match(/v1=/g)).toHaveLength(2);
  });
});

describe.each([
  '2012-06-18',
  '2013-08-12',
  '2014-01-31',
  '2015-10-16',
  '2018-11-08',
  '2020-03-02',
  '2024-06-20',
])('an endpoint made with API version %s', (apiVersion) => {
  test('receives shapes of its time, and all lead to the customer', async () => {
    stripe.configure({ delivery: { apiVersion } });
    stripe.subscriptions.create({ id: 'sub_1', customer: 'cus_1', items });
    stripe.invoices.create({ id: 'in_1', subscription: 'sub_1', status: 'paid' });
    stripe.customers.update('cus_1', { name: 'a' });
    await stripe.settled();
    const concerns = endpoint.received
      .map((event) => classify(event))
      .filter(({ type }) => type !== 'invoice.created');
    expect(concerns.map(({ concern }) => concern)).toEqual(
      concerns.map(() => ({ kind: 'customer', customerId: 'cus_1' })),
    );
    const objectOf = (type: string) =>
      (endpoint.received.find((event) => event['type'] === type)?.['data'] as Data | undefined)?.object ?? {};
    const subscription = objectOf('customer.subscription.created');
    expect(subscription).toHaveProperty('current_period_end');
    expect(subscription).toMatchObject({ plan: { id: 'price_team' }, quantity: 2 });
    expect('items' in subscription).toBe(apiVersion >= '2016');
    const invoice = objectOf('invoice.paid');
    expect(invoice).toMatchObject({ subscription: 'sub_1' });
    expect(invoice).not.toHaveProperty('parent');
  });
});

describe('the controls over HTTP', () => {
  const post = async (path: string, body: unknown, method = 'POST') => {
    const request = { method, body: JSON.stringify(body) };
    const response = await fetch(`${stripe.url}/_stripe/${path}`, request);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const get = async (path: string) => (await fetch(`${stripe.url}/_stripe/${path}`)).json();

  test('do what the controls in process do', async () => {
    const made = await post('customers', [{ id: 'cus_2' }, { id: 'cus_3', metadata: { a: 'b' } }]);
    expect(made.status).toBe(200);
    await post('subscriptions', { id: 'sub_2', customer: 'cus_2', items });
    await post('subscriptions/sub_2', { quantity: 9, delivery: { copies: 2 } });
    const canceled = await post('subscriptions/sub_2', {}, 'DELETE');
    expect(canceled.body).toMatchObject({ id: 'sub_2', object: { status: 'canceled' } });
    await get('settled');
    expect(endpoint.received.filter(({ type }) => type === 'customer.subscription.updated')).toHaveLength(2);
    expect(await get('deliveries')).toHaveProperty('deliveries');
    await client.customers.retrieve('cus_3');
    expect(await get('requests?operation=customers.retrieve')).toMatchObject({
      requests: [{ subject: 'cus_3', status: 200 }],
    });
  });

  test('hold, release, redeliver and settings work from outside', async () => {
    await post('settings', { delivery: { hold: true } });
    const { body } = await post('customers', { id: 'cus_2' });
    const [event] = body['events'] as { id: string }[];
    expect(endpoint.received).toHaveLength(0);
    await post('release', { order: 'shuffled' });
    await get('settled');
    expect(endpoint.received.map(({ id }) => id)).toEqual([event?.id]);
    expect((await post('redeliver', { event: event?.id })).body).toMatchObject({ status: 200 });
    expect((await post('emit', { type: 'x.y', object: { id: 'x' } })).status).toBe(200);
  });

  test('a wrong body is refused with its place, and nothing happens', async () => {
    const wrong = await post('subscriptions', { customer: 'cus_1', itmes: [] });
    expect(wrong.status).toBe(400);
    expect(JSON.stringify(wrong.body)).toContain('items');
    expect((await post('subscriptions', { customer: 'cus_x', items })).body).toEqual({
      error: { message: 'There is no customer cus_x.' },
    });
    expect((await post('nothing', {})).status).toBe(404);
    expect(endpoint.received).toHaveLength(0);
  });

  test('faults are scripted beside them', async () => {
    await fetch(`${stripe.url}/_faults`, {
      method: 'POST',
      body: JSON.stringify({ match: 'customers.retrieve', subject: 'cus_1', times: 1, status: 500 }),
    });
    expect(await refusal(client.customers.retrieve('cus_1'))).toMatchObject({ statusCode: 500 });
    expect(await client.customers.retrieve('cus_1')).toMatchObject({ id: 'cus_1' });
  });
});

test('a connected account has its own objects and events, controlled and read by the header that names it', async () => {
  const send = (body: object, account: string) =>
    fetch(`${stripe.url}/_stripe/customers`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'stripe-account': account },
      body: JSON.stringify(body),
    });
  expect((await send({ id: 'cus_there', metadata: { of: 'acct_1' } }, 'acct_1')).status).toBe(200);
  const there = await client.customers.retrieve('cus_there', undefined, { stripeAccount: 'acct_1' });
  expect(there).toMatchObject({ metadata: { of: 'acct_1' } });
  await expect(client.customers.retrieve('cus_there')).rejects.toMatchObject({ code: 'resource_missing' });
  await expect(
    client.customers.retrieve('cus_there', undefined, { stripeAccount: 'acct_2' }),
  ).rejects.toMatchObject({ statusCode: 403, code: 'account_invalid' });
  expect((await client.accounts.list()).data.map(({ id }) => id)).toEqual(['acct_1']);
  const { data } = await client.events.list({}, { stripeAccount: 'acct_1' });
  expect(data).toMatchObject([{ type: 'customer.created', account: 'acct_1' }]);
});
