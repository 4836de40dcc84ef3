import { afterEach, beforeEach, expect, test } from 'vitest';
import { seed, stripeWithReader } from '../support/stripe-sandbox.ts';

let set: Awaited<ReturnType<typeof stripeWithReader>>;
beforeEach(async () => {
  set = await stripeWithReader();
  seed(set.stripe);
});
afterEach(() => set.stripe.close());

const search = (object: 'customer' | 'subscription', key: string, value: string) =>
  set.reader.customersLike([{ object, key, value }]);

test('customers are found by metadata of theirs and of their subscriptions', async () => {
  const { stripe } = set;
  stripe.customers.create({ id: 'cus_2', metadata: { user_id: 'user_1' } });
  stripe.customers.create({ id: 'cus_3', metadata: { user_id: 'user_10' } });
  stripe.subscriptions.create({
    customer: 'cus_3',
    items: [{ price: 'price_team' }],
    metadata: { workspace: 'w1' },
  });
  expect(await search('customer', 'user_id', 'user_1')).toMatchObject({ value: ['cus_2', 'cus_1'] });
  expect(await search('subscription', 'workspace', 'w1')).toMatchObject({ value: ['cus_3'] });
  expect(await search('customer', 'user_id', 'nobody')).toMatchObject({ value: [] });
});

test('a key with quotes in it stays one key', async () => {
  set.stripe.customers.create({ id: 'cus_2', metadata: { "it's": 'user_1' } });
  expect(await search('customer', "it's", 'user_1')).toMatchObject({ value: ['cus_2'] });
});

test('deleted customers are not found', async () => {
  set.stripe.customers.remove('cus_1');
  expect(await search('customer', 'user_id', 'user_1')).toMatchObject({ value: [] });
});

test('a search that Stripe does not offer is a failure with its name', async () => {
  set.stripe.configure({ deniedPermissions: ['rak_customer_read'] });
  expect(await search('customer', 'user_id', 'user_1')).toMatchObject({
    ok: false,
    failure: { operation: 'customers.search', status: 403 },
  });
});
