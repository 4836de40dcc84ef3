import { afterEach, describe, expect, it } from 'vitest';
import { startPipeline, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';

let pipeline: Pipeline | undefined;
afterEach(async () => {
  await pipeline?.stop();
  pipeline = undefined;
});

async function start(plans = plansText): Promise<Pipeline> {
  pipeline = await startPipeline({ store: 'redis', plans });
  makeCatalog(pipeline.stripe);
  pipeline.unkey.putIdentity({ externalId: 'user_1' });
  pipeline.stripe.customers.create({ id: 'cus_1', metadata: { user_id: 'user_1' } });
  return pipeline;
}

const end = 1_900_000_000;

describe('an item on a trial offer', () => {
  it('is of the plan of the price that it turns into, where nothing matches its own, and says so', async () => {
    const { stripe, unkey, settled, outcomes } = await start();
    stripe.products.create({ id: 'prod_trial' });
    stripe.prices.create({ id: 'price_trial', product: 'prod_trial', unit_amount: 100 });
    const offer = stripe.trialOffers.create({ price: 'price_trial', becomes: 'price_team' }).id;
    const current_trial = { trial_offer: offer, end_date: end };
    const items = [{ id: 'si_1', price: 'price_trial', current_trial }];
    stripe.subscriptions.create({ id: 'sub_1', customer: 'cus_1', items });
    await settled();
    expect(unkey.identity('user_1')?.meta['plan']).toBe('team');
    expect(outcomes.at(-1)?.explanation).toContain(
      `Item si_1 is on a trial offer (price_trial) until ${new Date(end * 1000).toISOString()}, and turns into price_team.`,
    );
    // An offer is asked for once.
    stripe.subscriptions.update('sub_1', { items: [{ ...items[0], price: 'price_trial', quantity: 3 }] });
    await settled();
    expect(unkey.identity('user_1')?.meta['seats']).toBe(3);
    expect(stripe.requests('productCatalog.trialOffers.retrieve')).toHaveLength(1);
  });

  it('fails as any unknown price does where the offer may not be read: nobody is lowered', async () => {
    const { stripe, unkey, settled, outcomes } = await start();
    stripe.products.create({ id: 'prod_trial' });
    stripe.prices.create({ id: 'price_trial', product: 'prod_trial' });
    const offer = stripe.trialOffers.create({ price: 'price_trial', becomes: 'price_team' }).id;
    stripe.subscriptions.create({ id: 'sub_1', customer: 'cus_1', items: [{ price: 'price_team' }] });
    await settled();
    stripe.configure({ deniedPermissions: ['rak_trial_offer_read'] });
    const current_trial = { trial_offer: offer, end_date: end };
    stripe.subscriptions.update('sub_1', { items: [{ price: 'price_trial', current_trial }] });
    await settled();
    expect(outcomes.at(-1)).toMatchObject({ status: 'failed', error: { code: 'unmapped_item' } });
    expect(unkey.identity('user_1')?.meta['plan']).toBe('team');
  });
});

describe('a paused subscription', () => {
  const paused = (type: string) => ({
    status: 'paused',
    status_details: { paused: { type: 'subscription', transitioned_at: 1, subscription: { type } } },
  });

  it('is worth what the plan file says of the reason; one that is not listed is worth what other is', async () => {
    const access =
      'access:\n  active: full\n  trialing: full\n  past_due: { grace: 7d }\n  paused: { pause_requested: full, other: none }';
    const { stripe, unkey, settled, outcomes } = await start(
      plansText.replace(/^access:\n(?: {2}.*\n)+/m, '').concat(`${access}\n`),
    );
    const items = [{ price: 'price_team' }];
    stripe.subscriptions.create({ id: 'sub_1', customer: 'cus_1', items });
    await settled();
    stripe.subscriptions.update('sub_1', paused('pause_requested'));
    await settled();
    expect(unkey.identity('user_1')?.meta['plan']).toBe('team');
    expect(outcomes.at(-1)?.explanation[0]).toBe(
      'Subscription sub_1 is paused (pause_requested) and grants.',
    );
    stripe.subscriptions.update('sub_1', paused('a_reason_of_next_year'));
    await settled();
    expect(unkey.identity('user_1')?.meta['plan']).toBe('free');
  });

  it('says when a paused collection goes on, which changes nothing', async () => {
    const { stripe, settled, outcomes } = await start();
    const items = [{ price: 'price_team' }];
    const pause_collection = { behavior: 'void', resumes_at: end };
    stripe.subscriptions.create({ id: 'sub_1', customer: 'cus_1', items, pause_collection });
    await settled();
    expect(outcomes.at(-1)).toMatchObject({ status: 'applied', plan: { to: 'team' } });
    expect(outcomes.at(-1)?.explanation).toContain(
      `Payments of subscription sub_1 are paused until ${new Date(end * 1000).toISOString()}, which changes nothing now.`,
    );
  });
});

it('sixty items on one subscription all count', async () => {
  const { stripe, unkey, settled } = await start();
  const items = Array.from({ length: 60 }, (_, n) => ({ id: `si_${n}`, price: 'price_team' }));
  stripe.subscriptions.create({ id: 'sub_1', customer: 'cus_1', items });
  await settled();
  expect(unkey.identity('user_1')?.meta).toMatchObject({ plan: 'team', seats: 60 });
});
