import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPipeline, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';

describe.each(['redis', 'cluster', 'postgres', 'embedded'] as const)(
  'on the %s store, a signed event',
  (store) => {
    let pipeline: Pipeline;
    beforeAll(async () => {
      pipeline = await startPipeline({ store, plans: plansText });
      makeCatalog(pipeline.stripe);
    });
    afterAll(() => pipeline.stop());

    it('becomes the plan of an identity, keeping what is not ours', async () => {
      const { stripe, unkey } = pipeline;
      unkey.putIdentity({
        externalId: 'user_1',
        meta: { theme: 'dark', plan: 'free' },
        ratelimits: [{ name: 'exports', limit: 5, duration: 60_000, autoApply: true }],
      });
      stripe.customers.create({ id: 'cus_1', metadata: { user_id: 'user_1' } });
      stripe.subscriptions.create({
        id: 'sub_1',
        customer: 'cus_1',
        status: 'active',
        items: [{ price: 'price_team', quantity: 3 }],
      });
      await pipeline.settled();

      const identity = unkey.identity('user_1');
      expect(identity?.meta).toEqual({
        theme: 'dark',
        plan: 'team',
        seats: 3,
        stripeSubscriptionId: 'sub_1',
      });
      expect(limitsOf(identity)).toEqual({
        exports: [5, 60_000, true],
        requests: [2000, 3_600_000, true],
        tokens: [1_000_000, 86_400_000, false],
      });
      const applied = pipeline.outcomes.findLast(({ status }) => status === 'applied');
      expect(applied).toMatchObject({
        customerId: 'cus_1',
        subscriptionIds: ['sub_1'],
        identity: { externalId: 'user_1', id: identity?.id },
        plan: { to: 'team' },
        error: null,
        attempt: 1,
      });
      expect(applied?.requestId).toMatch(/^req_/);
      expect(applied?.change?.meta.before).not.toHaveProperty('theme');
    });

    it('creates the identity of a new customer who pays', async () => {
      const { stripe, unkey } = pipeline;
      stripe.customers.create({ id: 'cus_2', metadata: { user_id: 'user_2' } });
      stripe.subscriptions.create({ customer: 'cus_2', status: 'active', items: [{ price: 'price_scale' }] });
      await pipeline.settled();
      expect(unkey.identity('user_2')?.meta).toEqual({ plan: 'scale' });
    });

    it('does not create one for a customer who does not pay', async () => {
      const { stripe, unkey } = pipeline;
      stripe.customers.create({ id: 'cus_3', metadata: { user_id: 'user_3' } });
      await pipeline.settled();
      expect(unkey.identity('user_3')).toBeNull();
      expect(pipeline.outcomes.at(-1)).toMatchObject({ customerId: 'cus_3', status: 'ignored' });
    });

    it('brings a canceled customer to the fallback', async () => {
      const { stripe, unkey } = pipeline;
      stripe.subscriptions.remove('sub_1');
      await pipeline.settled();
      const identity = unkey.identity('user_1');
      expect(identity?.meta).toEqual({ theme: 'dark', plan: 'free' });
      expect(limitsOf(identity)['requests']).toEqual([100, 3_600_000, true]);
    });

    it('is answered as a duplicate the second time, and changes nothing', async () => {
      const { stripe, unkey } = pipeline;
      const made = stripe.customers.update('cus_1', { name: 'anything' });
      await pipeline.settled();
      const writes = unkey.requests('identities.updateIdentity').length;
      const again = await stripe.redeliver(made.events[0]?.id ?? '');
      expect(again).toMatchObject({ status: 200, answer: { result: 'duplicate' } });
      await pipeline.settled();
      expect(unkey.requests('identities.updateIdentity')).toHaveLength(writes);
    });

    it('is found by every id that it led to', async () => {
      const applied = pipeline.outcomes.find(
        ({ customerId, status }) => customerId === 'cus_2' && status === 'applied',
      );
      const ids = [
        applied?.id,
        applied?.requestId,
        applied?.cause.eventIds[0],
        applied?.customerId,
        applied?.subscriptionIds[0],
        applied?.identity.id,
        applied?.identity.externalId,
        applied?.requests.find(({ service }) => service === 'stripe')?.requestId,
      ];
      for (const id of ids) {
        const { status, body } = await pipeline.get(`/v1/find/${id}`);
        expect(status).toBe(200);
        expect(JSON.stringify(body), `found by ${id}`).toContain(applied?.id);
      }
    });
  },
);

function limitsOf(identity: ReturnType<Pipeline['unkey']['identity']>) {
  const entries = (identity?.ratelimits ?? []).map(
    ({ name, limit, duration, autoApply }) => [name, [limit, duration, autoApply]] as const,
  );
  return Object.fromEntries(entries);
}
