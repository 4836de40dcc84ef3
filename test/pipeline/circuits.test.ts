import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startPipeline, waitFor, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';
import { subscribe } from '../support/subscriber.ts';

let pipeline: Pipeline;
let count = 0;

describe('each upstream has a circuit of its own', () => {
  beforeAll(async () => {
    pipeline = await startPipeline({
      store: 'redis',
      plans: plansText,
      env: { CONFIRM_AFTER_SECONDS: '1' },
      overrides: { waits: { backoffMs: 20, throttleMs: 50, repairProbeMs: 200, sweepEveryMs: 50 } },
    });
    makeCatalog(pipeline.stripe);
    await pipeline.settled();
  });
  afterAll(() => pipeline.stop());
  afterEach(() => {
    pipeline.stripe.faults.clear();
    pipeline.unkey.faults.clear();
  });

  const applied = async () => {
    const one = subscribe(pipeline, `circuit${++count}`);
    await waitFor(() => one.last()?.status === 'applied');
    return one;
  };
  /** A late machine may confirm a write before it notices that Stripe refuses us: then another is made. */
  const refusedBeforeConfirmed = async (rounds = 10) => {
    const written = await applied();
    pipeline.stripe.faults.add({ match: '*', status: 401 });
    const blocked = subscribe(pipeline, `circuit${++count}`);
    await waitFor(async () => !(await stripeCheck()).ok);
    if ((await record(written.customer))?.unconfirmedSince !== null) return { written, blocked };
    expect(rounds).toBeGreaterThan(0);
    pipeline.stripe.faults.clear();
    await waitFor(() => blocked.last()?.status === 'applied');
    return refusedBeforeConfirmed(rounds - 1);
  };
  const record = (customer: string) => pipeline.service.context.store.customers.read(customer);
  const stripeCheck = async () =>
    ((await pipeline.get('/readyz')).body as { stripe: { ok: boolean; detail?: string } }).stripe;

  it('P8: while Stripe refuses our key, what was written before is confirmed all the same', async () => {
    const { written, blocked } = await refusedBeforeConfirmed();
    await waitFor(async () => (await record(written.customer))?.unconfirmedSince === null);
    expect(written.last()?.confirmedAt ?? (await confirmedAt(written.last()?.id))).not.toBeNull();
    expect((await stripeCheck()).ok).toBe(false);
    pipeline.stripe.faults.clear();
    await waitFor(() => blocked.last()?.status === 'applied');
  });

  it('P8: a write that did not stick is seen while Stripe refuses us, and repaired once it does not', async () => {
    const one = await applied();
    await waitFor(async () => (await record(one.customer))?.unconfirmedSince === null);
    pipeline.unkey.faults.add({ match: 'identities.updateIdentity', drop: true, times: 1 });
    const before = one.outcomes().length;
    one.change({ quantity: 7 });
    await waitFor(() => one.outcomes().length > before);
    pipeline.stripe.faults.add({ match: '*', status: 401 });
    subscribe(pipeline, `circuit${++count}`);
    await waitFor(async () => (await record(one.customer))?.dirtySince !== null);
    expect(one.meta()['seats']).toBe(1);
    pipeline.stripe.faults.clear();
    await waitFor(() => one.meta()['seats'] === 7);
  });

  it('events that lack one permission wait together, are told once, show in readiness, and hold up nobody', async () => {
    const several = [await applied(), await applied(), await applied()];
    pipeline.stripe.faults.add({ match: 'subscriptions.retrieve', status: 403 });
    const asked = () =>
      pipeline.stripe.requests().filter(({ operation }) => operation === 'subscriptions.retrieve').length;
    const before = pipeline.outcomes.length;
    for (const { subscription } of several)
      pipeline.stripe.subscriptions.update(subscription, { quantity: 9 }, { style: 'thin' });
    await waitFor(async () => (await stripeCheck()).detail?.includes('subscriptions.retrieve') === true);
    const other = await applied();
    await waitFor(() => asked() >= 5);
    const told = pipeline.outcomes.slice(before).filter(({ customerId }) => customerId === null);
    expect(told.map(({ status }) => status)).toEqual(['retrying']);
    expect(other.meta()['plan']).toBe('team');
    pipeline.stripe.faults.clear();
    await waitFor(() => several.every((each) => each.meta()['seats'] === 9));
    await waitFor(async () => (await stripeCheck()).ok);
  });
});

async function confirmedAt(outcomeId = ''): Promise<string | null | undefined> {
  return (await pipeline.service.context.store.outcomes.get(outcomeId))?.confirmedAt;
}
