import { afterEach, expect, it } from 'vitest';
import { startPipeline, waitFor, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';

let pipeline: Pipeline;
afterEach(() => pipeline.stop());

it('P6: an event that leads to no customer leaves an outcome, found by the event and by the request to Stripe', async () => {
  pipeline = await startPipeline({ store: 'redis', plans: plansText });
  // Without a customer of its own, an invoice leads through its subscription.
  const object = { id: 'in_1', object: 'invoice', customer: null, subscription: 'sub_unknown' };
  const made = pipeline.stripe.emit({ type: 'invoice.paid', object });
  const eventId = made.events[0]?.id ?? '';
  await pipeline.settled();
  const skipped = pipeline.outcomes.at(-1);
  expect(skipped).toMatchObject({
    status: 'ignored',
    customerId: null,
    error: null,
    cause: { kind: 'event', eventIds: [eventId] },
    requests: [{ service: 'stripe', status: 404 }],
  });
  for (const id of [eventId, skipped?.requests[0]?.requestId]) {
    const { body } = await pipeline.get(`/v1/find/${id}`);
    expect((body as { outcomes: { id: string }[] }).outcomes.map((outcome) => outcome.id)).toEqual([
      skipped?.id,
    ]);
  }
});

it('P3: while a process drains, /readyz says so, deliveries are kept, and the running sync ends well', async () => {
  pipeline = await startPipeline({ store: 'redis', plans: plansText });
  const { stripe, unkey, service } = pipeline;
  makeCatalog(stripe);
  unkey.configure({ latencyMs: 400 });
  stripe.customers.create({ id: 'cus_1', metadata: { user_id: 'user_1' } }, { copies: 0 });
  const items = [{ price: 'price_team' }];
  stripe.subscriptions.create({ customer: 'cus_1', status: 'active', items });
  await waitFor(async () => (await service.context.store.queueCounts()).syncs.active === 1);

  service.drain();
  const stopped = service.stop();
  expect(service.state).toBe('draining');
  expect(await pipeline.get('/readyz')).toMatchObject({ status: 503, body: { queue: { ok: false } } });
  stripe.customers.create({ id: 'cus_2', metadata: { user_id: 'user_2' } }, { copies: 0 });
  const late = stripe.subscriptions.create({ customer: 'cus_2', status: 'active', items });
  await stripe.settled();
  expect(late.events.length).toBeGreaterThan(0);
  expect(await stopped).toBe(true);
  expect([service.state, await service.stop()]).toEqual(['stopped', true]);
  expect(unkey.identity('user_1')?.meta['plan']).toBe('team');
  expect(unkey.identity('user_2') ?? null).toBeNull();
  // Nothing is delivered again: what was answered 200 while the process went down is what the next one takes up.
  stripe.configure({ webhookUrl: null });
  await pipeline.restart();
  await waitFor(() => unkey.identity('user_2')?.meta['plan'] === 'team');
});
