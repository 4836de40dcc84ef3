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

it('while a process drains, /readyz says so, deliveries are told to come again, and the running sync ends well', async () => {
  pipeline = await startPipeline({ store: 'redis', plans: plansText });
  makeCatalog(pipeline.stripe);
  pipeline.unkey.configure({ latencyMs: 400 });
  pipeline.stripe.customers.create({ id: 'cus_1', metadata: { user_id: 'user_1' } }, { copies: 0 });
  const items = [{ price: 'price_team' }];
  pipeline.stripe.subscriptions.create({ customer: 'cus_1', status: 'active', items });
  await waitFor(async () => (await pipeline.service.context.store.queueCounts()).syncs.active === 1);

  pipeline.service.drain();
  const [workers, ...others] = pipeline.service.parts;
  const stopped = workers?.stop();
  expect(await pipeline.get('/readyz')).toMatchObject({ status: 503, body: { queue: { ok: false } } });
  const delivery = await fetch(`${pipeline.url}/webhooks/stripe`, { method: 'POST', body: '{}' });
  expect(delivery.status).toBe(503);
  expect(delivery.headers.get('retry-after')).not.toBeNull();
  await stopped;
  expect(pipeline.unkey.identity('user_1')?.meta['plan']).toBe('team');
  for (const part of others) await part.stop();
  await pipeline.restart();
});
