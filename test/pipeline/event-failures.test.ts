import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sandboxStripeKey } from '../../src/sandbox/stripe.ts';
import { startPipeline, waitFor, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';
import { subscribe } from '../support/subscriber.ts';

let pipeline: Pipeline;
let count = 0;

describe('P6: an event whose customer Stripe has to be asked for', () => {
  beforeAll(async () => {
    pipeline = await startPipeline({
      store: 'redis',
      plans: plansText,
      overrides: { waits: { backoffMs: 20, failingRetryMs: 150, throttleMs: 50, repairProbeMs: 300 } },
    });
    makeCatalog(pipeline.stripe);
    await pipeline.settled();
  });
  afterAll(() => pipeline.stop());
  afterEach(() => {
    pipeline.stripe.faults.clear();
    pipeline.stripe.configure({ deniedPermissions: [] });
  });

  /** A thin event names its subscription alone; a quiet change before it tells whether it had its effect. */
  async function tell() {
    const one = subscribe(pipeline, `e${++count}`);
    await waitFor(() => one.last()?.status === 'applied');
    const made = pipeline.stripe.subscriptions.update(one.subscription, { quantity: 9 }, { style: 'thin' });
    return { one, eventId: made.events[0]?.id ?? '' };
  }
  const of = (eventId: string) =>
    pipeline.outcomes.filter(
      ({ customerId, cause }) => customerId === null && cause.eventIds.includes(eventId),
    );

  it('is asked again while Stripe is down, has one outcome until then, and loses nothing', async () => {
    pipeline.stripe.faults.add({ match: 'subscriptions.retrieve', status: 503, times: 3 });
    const { one, eventId } = await tell();
    await waitFor(() => one.meta()['seats'] === 9);
    expect(of(eventId).map(({ status }) => status)).toEqual(['retrying']);
    expect((await pipeline.get(`/v1/find/${eventId}`)).status).toBe(200);
  });

  it('that fails for good has an outcome, and is taken again when Stripe sends it again', async () => {
    pipeline.stripe.faults.add({ match: 'subscriptions.retrieve', status: 400, times: 1 });
    const { one, eventId } = await tell();
    await waitFor(() => of(eventId).some(({ status }) => status === 'failed'));
    await pipeline.settled();
    expect(one.meta()['seats']).toBe(1);
    await waitFor(async () => {
      const again = await pipeline.stripe.redeliver(eventId);
      return (again.answer as { result?: string } | null)?.result === 'queued';
    });
    await waitFor(() => one.meta()['seats'] === 9);
  });

  it('waits for a permission that only events like it need, and says which', async () => {
    const one = subscribe(pipeline, `e${++count}`);
    await waitFor(() => one.last()?.status === 'applied');
    pipeline.stripe.faults.add({ match: 'subscriptions.retrieve', status: 403, times: 3 });
    const made = pipeline.stripe.subscriptions.update(one.subscription, { quantity: 9 }, { style: 'thin' });
    const other = subscribe(pipeline, `e${++count}`);
    await waitFor(() => other.last()?.status === 'applied');
    await waitFor(() => one.meta()['seats'] === 9);
    const reported = of(made.events[0]?.id ?? '');
    expect(reported.map(({ status }) => status)).toEqual(['retrying']);
    expect(reported[0]?.error?.detail).toContain('STRIPE_SECRET_KEY');
  });

  it('reports a refused key once, and readiness says so until it is repaired', async () => {
    const said = pipeline.log.length;
    pipeline.stripe.faults.add({ match: '*', status: 401 });
    const one = subscribe(pipeline, `e${++count}`);
    for (let quantity = 2; quantity < 8; quantity++) {
      pipeline.stripe.subscriptions.update(one.subscription, { quantity }, { style: 'thin' });
    }
    await waitFor(async () =>
      JSON.stringify((await pipeline.get('/readyz')).body).includes('STRIPE_SECRET_KEY'),
    );
    await waitFor(() => pipeline.stripe.requests().filter(({ status }) => status === 401).length >= 3);
    expect(pipeline.outcomes.filter(({ error }) => error?.status === 401)).toHaveLength(1);
    expect(pipeline.log.slice(said).filter((line) => line.includes('stripe refuses us'))).toHaveLength(1);
    pipeline.stripe.faults.clear();
    await waitFor(() => one.meta()['seats'] === 7, 15_000);
    await waitFor(async () => {
      const { body } = await pipeline.get('/readyz');
      return (body as { stripe: { ok: boolean } }).stripe.ok;
    });
    expect(pipeline.log.join('\n')).not.toContain(sandboxStripeKey);
  });
});
