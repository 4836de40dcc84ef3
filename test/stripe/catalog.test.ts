import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createCatalog } from '../../src/stripe/catalog.ts';
import { createStripeClient, modeOf } from '../../src/stripe/client.ts';
import { stripeWithReader } from '../support/stripe-sandbox.ts';

let set: Awaited<ReturnType<typeof stripeWithReader>>;
let clock = Date.now();

beforeEach(async () => {
  clock = Date.now();
  set = await stripeWithReader({ now: () => clock, maxAgeMs: 60_000 });
  set.stripe.products.create({ id: 'prod_1', metadata: { tier: 'one' } });
  set.stripe.products.create({ id: 'prod_2', metadata: { tier: 'two' } });
});

afterEach(() => set.stripe.close());

async function tiers(...ids: string[]) {
  const answer = await set.catalog.products(ids);
  return answer.ok ? [...answer.value.values()].map(({ metadata }) => metadata['tier']) : answer.failure;
}
const reads = () => set.stripe.requests('products.list').length;

describe('products', () => {
  test('are read once, and then known', async () => {
    expect(await tiers('prod_1', 'prod_1', 'prod_2')).toEqual(['one', 'two']);
    expect(await tiers('prod_2')).toEqual(['two']);
    expect(reads()).toBe(1);
  });

  test('are asked for a hundred at a time, each once', async () => {
    const ids = Array.from({ length: 230 }, (_, index) => set.stripe.products.create({ id: `p${index}` }).id);
    const answer = await set.catalog.products([...ids, ...ids]);
    expect(answer.ok && answer.value.size).toBe(230);
    expect(answer.requests).toHaveLength(3);
    expect(reads()).toBe(3);
  });

  test('readers that miss the same one share a request, which only the first has in its traces', async () => {
    set.stripe.configure({ readLatencyMs: 30 });
    const answers = await Promise.all([1, 2, 3].map(() => set.catalog.products(['prod_1'])));
    expect(answers.map((answer) => answer.ok && answer.value.get('prod_1')?.metadata['tier'])).toEqual([
      'one',
      'one',
      'one',
    ]);
    expect(answers.map(({ requests }) => requests.length)).toEqual([1, 0, 0]);
    expect(reads()).toBe(1);
  });

  test('a failure reaches all who share it, and is not remembered', async () => {
    set.stripe.faults.add({ match: 'products.list', times: 1, status: 500, latencyMs: 20 });
    const answers = await Promise.all([set.catalog.products(['prod_1']), set.catalog.products(['prod_1'])]);
    expect(answers.map(({ ok }) => ok)).toEqual([false, false]);
    expect(await tiers('prod_1')).toEqual(['one']);
  });

  test('an epoch other than the last one makes them be read again, the same one does not', async () => {
    set.catalog.setEpoch(1);
    await tiers('prod_1');
    set.stripe.products.update('prod_1', { metadata: { tier: 'changed' } });
    set.catalog.setEpoch(1);
    expect(await tiers('prod_1')).toEqual(['one']);
    set.catalog.setEpoch(2);
    expect(await tiers('prod_1')).toEqual(['changed']);
  });

  test('an answer that was asked for before a new epoch does not stay', async () => {
    const body = { has_more: false, data: [{ id: 'prod_1', metadata: { tier: 'one' } }] };
    set.stripe.faults.add({ match: 'products.list', times: 1, latencyMs: 50, status: 200, body });
    const before = tiers('prod_1');
    set.stripe.products.update('prod_1', { metadata: { tier: 'changed' } });
    set.catalog.setEpoch(7);
    expect(await before).toEqual(['one']);
    expect(await tiers('prod_1')).toEqual(['changed']);
  });

  test('are read again when they are old: an event may have been lost', async () => {
    await tiers('prod_1');
    set.stripe.products.update('prod_1', { metadata: { tier: 'changed' } });
    clock += 59_999;
    expect(await tiers('prod_1')).toEqual(['one']);
    clock += 2;
    expect(await tiers('prod_1')).toEqual(['changed']);
  });

  test('no more are kept than there is room for, the longest known going first', async () => {
    const catalog = createCatalog(set.client, { maxEntries: 2 });
    for (const id of ['prod_1', 'prod_2', 'prod_3']) await catalog.products([id]);
    set.stripe.clearRequests();
    await catalog.products(['prod_2', 'prod_3']);
    expect(reads()).toBe(0);
    await catalog.products(['prod_1']);
    expect(reads()).toBe(1);
  });
});

test('every active price is listed with its product, over all pages', async () => {
  for (let index = 0; index < 120; index += 1) {
    set.stripe.prices.create({ id: `price_${index}`, product: 'prod_1', lookup_key: `key_${index}` });
  }
  set.stripe.prices.create({ id: 'price_once', product: 'prod_2', recurring: false });
  set.stripe.prices.create({ id: 'price_off', product: 'prod_2', active: false });
  const answer = await set.catalog.listActivePrices();
  if (!answer.ok) throw new Error(answer.failure.detail);
  expect(answer.value).toHaveLength(121);
  expect(answer.value.find(({ price }) => price.id === 'price_7')).toEqual({
    price: { id: 'price_7', lookupKey: 'key_7', metadata: {} },
    product: { id: 'prod_1', metadata: { tier: 'one' } },
    recurring: true,
  });
  expect(answer.value.find(({ price }) => price.id === 'price_once')?.recurring).toBe(false);
  expect(answer.value.some(({ price }) => price.id === 'price_off')).toBe(false);
});

describe('the client', () => {
  test.each([
    ['sk_live_1', 'live'],
    ['rk_live_1', 'live'],
    ['sk_org_live_1', 'live'],
    ['sk_test_1', 'test'],
    ['rk_test_live_1', 'test'],
    ['sk_test_sandbox', 'test'],
    ['something', 'test'],
  ])('the key %s is of %s mode', (key, mode) => {
    expect(modeOf(key)).toBe(mode);
  });

  test('an address with a path is refused, for it would be lost', () => {
    for (const apiBaseUrl of ['https://proxy.example/stripe', 'ftp://x', 'http://x?y=1']) {
      expect(() => createStripeClient({ secretKey: 'k', apiBaseUrl })).toThrow('STRIPE_API_BASE_URL');
    }
  });
});
