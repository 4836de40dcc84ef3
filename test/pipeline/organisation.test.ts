import { afterAll, beforeAll, expect, it } from 'vitest';
import { sandboxOrganisationKey } from '../../src/sandbox/stripe.ts';
import { startPipeline, waitFor, type Pipeline } from '../support/pipeline.ts';

const plans = `
version: 1
identity:
  externalId: "{{account}}.{{customer.metadata.user_id}}"
  missing: create
fallback: free
plans:
  free: { rank: 0, meta: { plan: free }, ratelimits: { requests: { limit: 100, duration: 1h } } }
  team:
    rank: 10
    match: [{ account: acct_1, lookupKey: monthly }]
    meta: { plan: team }
    ratelimits: { requests: { limit: 1000, duration: 1h } }
  partner:
    rank: 20
    match: [{ account: acct_2, lookupKey: monthly }]
    meta: { plan: partner }
    ratelimits: { requests: { limit: 2000, duration: 1h } }
`;

let pipeline: Pipeline;
beforeAll(async () => {
  const STRIPE_ACCOUNTS = 'acct_1,acct_2';
  pipeline = await startPipeline({
    store: 'redis',
    plans,
    env: { STRIPE_SECRET_KEY: sandboxOrganisationKey, STRIPE_ACCOUNTS, CONFIRM_AFTER_SECONDS: '0' },
  });
  pipeline.stripe.configure({ delivery: { destination: 'organisation' } });
  for (const id of STRIPE_ACCOUNTS.split(',')) {
    const account = pipeline.stripe.connect(id);
    account.products.create({ id: 'prod_1' }, { copies: 0 });
    account.prices.create({ id: 'price_1', product: 'prod_1', lookup_key: 'monthly' }, { copies: 0 });
    account.customers.create({ id: 'cus_1', metadata: { user_id: 'user_1' } });
  }
});
afterAll(() => pipeline.stop());

const planOf = (account: string) => pipeline.unkey.identity(`${account}.user_1`)?.meta['plan'];

it.each(['snapshot', 'thin'] as const)(
  'with the key of an organisation each account is served by %s events that its destination brings',
  async (style) => {
    for (const id of ['acct_1', 'acct_2']) {
      const subscription = { id: `sub_${style}`, customer: 'cus_1', items: [{ price: 'price_1' }] };
      const { events } = pipeline.stripe.connect(id).subscriptions.create(subscription, { style });
      if (style === 'snapshot') expect(events[0]?.payload).toMatchObject({ context: id });
      expect(events[0]?.payload).not.toHaveProperty('account');
    }
    await waitFor(() => planOf('acct_1') === 'team' && planOf('acct_2') === 'partner');
    pipeline.stripe.connect('acct_1').subscriptions.remove(`sub_${style}`, { style });
    await waitFor(() => planOf('acct_1') === 'free');
    await pipeline.settled();
    expect(planOf('acct_2')).toBe('partner');
    pipeline.stripe.connect('acct_2').subscriptions.remove(`sub_${style}`, { style });
    await waitFor(() => planOf('acct_2') === 'free');
    await pipeline.settled();
  },
);

it('an event that names no account is answered 200, and the answer says why it is ignored', async () => {
  const { events } = pipeline.stripe.customers.create({ id: 'cus_own' });
  await pipeline.stripe.settled();
  const told = pipeline.stripe.deliveries().find(({ eventId }) => eventId === events[0]?.id);
  expect(told?.status).toBe(200);
  expect(JSON.stringify(told?.answer)).toContain('it names no account');
});

it('the prices of every account stand in the list, each with its account', async () => {
  const { body } = await pipeline.get('/v1/plan-file/prices');
  expect(body).toMatchObject({
    prices: [
      { priceId: 'acct_1/price_1', of: ['plan team'] },
      { priceId: 'acct_2/price_1', of: ['plan partner'] },
    ],
    dead: [],
    notRead: [],
    problem: null,
  });
});
