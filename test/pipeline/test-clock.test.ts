import { afterEach, describe, expect, it } from 'vitest';
import { startPipeline, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';

const day = 86_400;
const began = 1_760_000_000;

let pipeline: Pipeline | undefined;
afterEach(async () => {
  await pipeline?.stop();
  pipeline = undefined;
});

describe('a customer on a test clock', () => {
  it('has a grace that ends when the clock is set on, and not before', async () => {
    pipeline = await startPipeline({ store: 'redis', plans: plansText });
    const { stripe, unkey } = pipeline;
    makeCatalog(stripe);
    const clock = stripe.testClocks.create({ frozen_time: began }).id;
    unkey.putIdentity({ externalId: 'user_1' });
    stripe.customers.create({ id: 'cus_1', metadata: { user_id: 'user_1' }, test_clock: clock });
    const items = [{ price: 'price_team' }];
    stripe.subscriptions.create({ id: 'sub_1', customer: 'cus_1', items, created: began });
    await pipeline.settled();
    const plan = () => unkey.identity('user_1')?.meta['plan'];
    expect(plan()).toBe('team');

    // It owes since the clock's present; a grace is seven days.
    stripe.invoices.create({ subscription: 'sub_1', finalized_at: began });
    stripe.subscriptions.update('sub_1', { status: 'past_due' });
    await pipeline.settled();
    expect(plan()).toBe('team');

    stripe.testClocks.update(clock, { frozen_time: began + 6 * day });
    stripe.subscriptions.update('sub_1', { metadata: { looked: 'once' } });
    await pipeline.settled();
    expect(plan()).toBe('team');
    const record = await pipeline.service.context.store.customers.read('cus_1');
    // Nobody tells when it is set on: it is read again within a minute.
    expect((record?.validUntil ?? Infinity) - Date.now()).toBeLessThanOrEqual(60_000);

    stripe.testClocks.update(clock, { frozen_time: began + 8 * day });
    stripe.subscriptions.update('sub_1', { metadata: { looked: 'twice' } });
    await pipeline.settled();
    expect(plan()).toBe('free');
    expect(pipeline.outcomes.at(-1)?.explanation[0]).toBe(
      `A test clock decides: for this customer it is ${new Date((began + 8 * day) * 1000).toISOString()}.`,
    );
  }, 30_000);

  it('is among everybody, though no list of all has it', async () => {
    pipeline = await startPipeline({
      store: 'redis',
      plans: plansText,
      env: { RECONCILE_RATE_PER_SECOND: '1000' },
    });
    const { stripe, unkey, service } = pipeline;
    makeCatalog(stripe);
    stripe.configure({ webhookUrl: null });
    const clock = stripe.testClocks.create({ frozen_time: began }).id;
    unkey.putIdentity({ externalId: 'user_1' });
    stripe.customers.create({ id: 'cus_1', metadata: { user_id: 'user_1' }, test_clock: clock });
    stripe.subscriptions.create({ customer: 'cus_1', items: [{ price: 'price_team' }], created: began });
    const { bulk, store } = service.context;
    const options = { repair: 'none', onForeign: 'repair', max: null, acceptFewer: false } as const;
    const { id } = await bulk.runs.request(
      { kind: 'reconcile', selection: {}, options },
      { requestedBy: 'test', note: null },
    );
    await expect.poll(async () => (await store.runs.read(id))?.state, { timeout: 20_000 }).toBe('done');
    expect((await store.runs.read(id))?.counts).toMatchObject({ customers: 1, limit_missing: 1 });
  }, 30_000);
});
