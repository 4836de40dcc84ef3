import { afterEach, beforeEach, expect, it } from 'vitest';
import { startPipeline, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';

let pipeline: Pipeline;
beforeEach(async () => {
  pipeline = await startPipeline({ store: 'redis', plans: plansText });
  makeCatalog(pipeline.stripe);
  pipeline.stripe.prices.create({ id: 'price_unmapped', product: 'prod_team' }, { copies: 0 });
});
afterEach(() => pipeline.stop());

const customer = 'cus_1';
const last = () => pipeline.outcomes.findLast(({ customerId }) => customerId === customer);

function subscribe(price: string) {
  pipeline.stripe.subscriptions.create({ id: 'sub_1', customer, items: [{ price }] });
  return pipeline.settled();
}

it('P6: the first failure of a customer whom the plan file cannot decide is found by the external id', async () => {
  const { stripe } = pipeline;
  stripe.customers.create({ id: customer, metadata: { user_id: 'user_1' } }, { copies: 0 });
  await subscribe('price_unmapped');
  const failures = pipeline.outcomes.filter(({ status }) => status === 'failed');
  expect(failures[0]?.identity).toEqual({ externalId: 'user_1', id: null });
  const { body } = await pipeline.get('/v1/find/user_1');
  const found = (body as { outcomes: { id: string }[] }).outcomes.map(({ id }) => id);
  expect(found).toEqual(failures.map(({ id }) => id).toReversed());
});

it('P6: an outcome never names one identity by its external id and another by its id', async () => {
  const { stripe } = pipeline;
  stripe.customers.create({ id: customer, metadata: { user_id: 'user_1' } }, { copies: 0 });
  await subscribe('price_team');
  const before = last()?.identity;
  expect(before).toMatchObject({ externalId: 'user_1', id: expect.stringMatching(/^id_/) });
  stripe.subscriptions.update('sub_1', { status: 'unpaid' });
  await pipeline.settled();
  stripe.customers.update(customer, { metadata: { user_id: 'user_2' } });
  await pipeline.settled();
  expect(last()).toMatchObject({ status: 'ignored', identity: { externalId: 'user_2', id: null } });
});

it('a customer whom the plan file cannot decide is shown with the identity that it leads to now', async () => {
  const { stripe, unkey } = pipeline;
  const one = unkey.putIdentity({ externalId: 'user_1' });
  const two = unkey.putIdentity({ externalId: 'user_2' });
  const shown = async () => {
    const { body } = await pipeline.get(`/v1/customers/${customer}`);
    return (body as { identity: { id: string } | null }).identity?.id;
  };
  stripe.customers.create({ id: customer, metadata: { user_id: 'user_1' } }, { copies: 0 });
  stripe.subscriptions.create({ id: 'sub_1', customer, items: [{ price: 'price_unmapped' }] }, { copies: 0 });
  expect(await shown()).toBe(one.id);
  stripe.customers.update(customer, { metadata: { user_id: 'user_2' } }, { copies: 0 });
  expect(await shown()).toBe(two.id);
});
