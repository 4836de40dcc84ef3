import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/domain/outcome/outcome.ts';
import { startPipeline, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';

const customers = 100;
const changesEach = 9;

describe.each(['redis', 'embedded'] as const)('on the %s store', (store) => {
  it(`${customers * (changesEach + 1)} events for ${customers} customers, shuffled and each twice, leave every identity as its plan says`, async () => {
    const pipeline = await startPipeline({ store, plans: plansText });
    try {
      await play(pipeline);
    } finally {
      await pipeline.stop();
    }
  }, 120_000);
});

async function play(pipeline: Pipeline): Promise<void> {
  const { stripe, unkey } = pipeline;
  makeCatalog(stripe);
  unkey.configure({ latencyMs: 3 });
  const twiceAndLate = { copies: 2, delayMs: [0, 1500] as [number, number] };
  for (let n = 0; n < customers; n++) {
    stripe.customers.create({ id: `cus_${n}`, metadata: { user_id: `user_${n}` } }, { copies: 0 });
    const items = [{ price: 'price_team', quantity: 1 }];
    stripe.subscriptions.create(
      { id: `sub_${n}`, customer: `cus_${n}`, status: 'active', items },
      twiceAndLate,
    );
  }
  for (let change = 1; change <= changesEach; change++) {
    for (let n = 0; n < customers; n++) {
      stripe.subscriptions.update(`sub_${n}`, { quantity: 1 + ((n * 7 + change * 3) % 40) }, twiceAndLate);
    }
  }
  await pipeline.settled(90_000);

  const changes = stripe.deliveries().filter(({ type }) => type.startsWith('customer.subscription.'));
  // A store that is too busy says so, and Stripe delivers again; nothing is answered otherwise.
  expect(changes.filter(({ status }) => status === 200)).toHaveLength(2 * customers * (changesEach + 1));
  expect(changes.filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
  for (let n = 0; n < customers; n++) {
    const quantity = 1 + ((n * 7 + changesEach * 3) % 40);
    const identity = unkey.identity(`user_${n}`);
    expect(identity?.meta).toEqual({ plan: 'team', seats: quantity, stripeSubscriptionId: `sub_${n}` });
    const limit = identity?.ratelimits.find(({ name }) => name === 'requests')?.limit;
    expect(limit).toBe(1000 + 500 * (quantity - 1));
  }
  expect(unkey.requests().filter(({ overlapped }) => overlapped)).toEqual([]);
  expect(overlaps(pipeline.outcomes)).toEqual([]);
}

/** Pairs of syncs of one customer of which the second began before the first was over. */
function overlaps(outcomes: readonly Outcome[]): readonly string[] {
  const lastOf = new Map<string | null, Outcome>();
  const found: string[] = [];
  for (const outcome of outcomes.toSorted((a, b) => a.startedAt.localeCompare(b.startedAt))) {
    const last = lastOf.get(outcome.customerId);
    if (last !== undefined && outcome.startedAt < last.finishedAt) found.push(`${last.id} and ${outcome.id}`);
    lastOf.set(outcome.customerId, outcome);
  }
  return found;
}
