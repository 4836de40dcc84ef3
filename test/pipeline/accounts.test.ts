import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPipeline, waitFor, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';

let pipeline: Pipeline;

beforeAll(async () => {
  pipeline = await startPipeline({ store: 'redis', plans: plansText, env: { DOWNGRADE_GUARD: '' } });
  makeCatalog(pipeline.stripe);
});
afterAll(() => pipeline.stop());

const planOf = (externalId: string) => pipeline.unkey.identity(externalId)?.meta['plan'];
const post = (path: string, body: object) =>
  fetch(`${pipeline.url}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${pipeline.service.context.config.adminToken}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(body),
  });

describe.each(['both', 'account'] as const)(
  'a customer that is an account, whose objects name %s',
  (named) => {
    const [customer, account, user] = [`cus_${named}`, `acct_${named}`, `user_${named}`];

    it('has its plan from the subscription, and follows it', async () => {
      pipeline.unkey.putIdentity({ externalId: user });
      pipeline.stripe.customers.create({ id: customer, account, named, metadata: { user_id: user } });
      const items = [{ price: 'price_team', quantity: 2 }];
      pipeline.stripe.subscriptions.create({ id: `sub_${named}`, customer, items });
      await waitFor(() => planOf(user) === 'team');
      await pipeline.settled();
      pipeline.stripe.subscriptions.update(`sub_${named}`, { quantity: 5 });
      await waitFor(() => pipeline.unkey.identity(user)?.meta['seats'] === 5);
      expect(pipeline.outcomes.filter(({ customerId }) => customerId === null)).toEqual([]);
    });

    it('follows what the account says of its identity', async () => {
      pipeline.unkey.putIdentity({ externalId: `${user}_new` });
      pipeline.stripe.customers.update(customer, { metadata: { user_id: `${user}_new` } });
      await waitFor(() => planOf(`${user}_new`) === 'team');
      await pipeline.settled();
    });

    it('is found, shown and synced by the id of the account', async () => {
      const found = (await pipeline.get(`/v1/find/${account}`)).body;
      expect(found).toMatchObject({ kind: 'account', customer: { customerId: customer } });
      const shown = (await pipeline.get(`/v1/customers/${account}`)).body;
      expect(shown).toMatchObject({ customer: { customerId: customer, plan: 'team' } });
      const before = pipeline.outcomes.length;
      expect((await post('/v1/syncs', { customer: account })).status).toBe(202);
      await waitFor(() => pipeline.outcomes.length > before);
      expect(pipeline.outcomes.at(-1)).toMatchObject({ customerId: customer, status: 'unchanged' });
    });
  },
);

it('P5: a customer of whom a pricing plan was told is held, not lowered, until somebody releases it', async () => {
  pipeline.unkey.putIdentity({ externalId: 'user_priced' });
  const customer = 'cus_priced';
  pipeline.stripe.customers.create({ id: customer, metadata: { user_id: 'user_priced' } });
  const items = [{ price: 'price_team', quantity: 1 }];
  pipeline.stripe.subscriptions.create({ id: 'sub_priced', customer, items });
  await waitFor(() => planOf('user_priced') === 'team');
  pipeline.stripe.pricingPlans.create({ customer });
  await pipeline.settled();
  pipeline.stripe.subscriptions.remove('sub_priced');
  await waitFor(() => pipeline.outcomes.some((one) => one.customerId === customer && one.status === 'held'));
  expect(planOf('user_priced')).toBe('team');
  expect(pipeline.outcomes.findLast(({ status }) => status === 'held')?.explanation.join(' ')).toContain(
    'pricing plan',
  );
  expect((await post(`/v1/held/${customer}/release`, {})).status).toBeLessThan(300);
  await waitFor(() => planOf('user_priced') === 'free');
});

it('an event of a type that nobody has heard of is taken, and told to be of no concern', async () => {
  const made = pipeline.stripe.emit({ type: 'v9.core.thing[some.part].grown', object: { id: 'x_1' } });
  await pipeline.stripe.settled();
  const answers = pipeline.stripe.deliveries().filter(({ eventId }) => eventId === made.id);
  expect(answers.map(({ status }) => status)).toEqual([200]);
});

it('what only Stripe knows of, and addresses of its pages and of Unkey’s, lead to the customer', async () => {
  pipeline.unkey.putIdentity({ externalId: 'user_found' });
  const customer = 'cus_found';
  pipeline.stripe.customers.create({ id: customer, metadata: { user_id: 'user_found' } });
  const items = [{ price: 'price_team', quantity: 1 }];
  pipeline.stripe.subscriptions.create({ id: 'sub_found', customer, items });
  await waitFor(() => planOf('user_found') === 'team');
  await pipeline.settled();
  pipeline.stripe.invoices.create({ id: 'in_found', subscription: 'sub_found' }, { copies: 0 });
  pipeline.stripe.sessions.create({ id: 'cs_found', customer }, { copies: 0 });
  const { id = '' } = pipeline.unkey.identity('user_found') ?? {};
  for (const [text, kind] of [
    ['in_found', 'invoice'],
    ['cs_found', 'checkoutSession'],
    ['https://dashboard.stripe.com/acct_1/test/customers/cus_found', 'customer'],
    ['https://dashboard.stripe.com/subscriptions/sub_found?tab=events#x', 'subscription'],
    [`https://app.unkey.com/acme/identities/${id}`, 'identity'],
  ] as const) {
    const { body } = await pipeline.get(`/v1/find/${encodeURIComponent(text)}`);
    expect(body, text).toMatchObject({ kind, customer: { customerId: customer } });
    const preview = await post('/v1/preview', { id: text });
    expect(await preview.json(), text).toMatchObject({ customer });
    const replay = await post('/v1/replays', { id: text, dryRun: true });
    expect(await replay.json(), text).toMatchObject({ customers: 1 });
  }
});
