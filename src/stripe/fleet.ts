import type { Stripe } from 'stripe';
import type { FleetReader, Lane, SubscriptionsPage } from '../domain/fleet.ts';
import type { Answer } from '../domain/upstream/failure.ts';
import { answering } from './call.ts';
import type { Catalog } from './catalog.ts';
import { modeOf } from './client.ts';
import { CallFailed } from './failure.ts';
import { collect, everyOf, pageSize } from './paging.ts';
import { subscriptionFrom } from './subscriptions.ts';
import { listOf, subscriptionWire, testClockWire, type SubscriptionWire } from './wire.ts';

/** Everybody's subscriptions by pages: one call a page, and products once. */
export function createStripeFleet(
  client: Stripe,
  catalog: Pick<Catalog, 'products'>,
  secretKey: string,
): Pick<FleetReader, 'subscriptions'> & { testClocks(): Promise<Answer<readonly string[]>> } {
  return {
    subscriptions: (lane) =>
      answering(client, async (call, requests) => {
        const page = await call('subscriptions.list', listOf(subscriptionWire), () =>
          client.subscriptions.list(paramsOf(lane)),
        );
        const ids = page.data.flatMap(({ items }) => items.data.map(({ price }) => price.product));
        const products = ids.length === 0 ? null : await catalog.products([...new Set(ids)]);
        requests.push(...(products?.requests ?? []));
        if (products?.ok === false) throw new CallFailed(products.failure);
        const known = products?.value ?? new Map<string, never>();
        const last = page.data.at(-1);
        return {
          subscriptions: page.data.flatMap((wire) => listed(wire, known)),
          last: page.has_more && last !== undefined ? { id: last.id, created: last.created } : null,
        };
      }),
    /** Ids. Empty in live mode, which has none. */
    testClocks: (): Promise<Answer<readonly string[]>> =>
      modeOf(secretKey) === 'live'
        ? Promise.resolve({ ok: true, value: [], requests: [] })
        : answering(client, async (call) => {
            const clocks = everyOf(call, 'testHelpers.testClocks.list', testClockWire, (page) =>
              client.testHelpers.testClocks.list(page),
            );
            return (await collect(clocks)).map(({ id }) => id);
          }),
  };
}

function paramsOf({ gte, lt, after, testClock }: Lane): Stripe.SubscriptionListParams {
  return {
    status: 'all',
    limit: pageSize,
    expand: ['data.customer'],
    created: { gte, ...(lt === null ? {} : { lt }) },
    ...(after === null ? {} : { starting_after: after.id }),
    ...(testClock === null ? {} : { test_clock: testClock }),
  };
}

/** Empty for one that names no customer: a look at the customer alone would not find it either. */
function listed(
  wire: SubscriptionWire,
  products: Parameters<typeof subscriptionFrom>[1],
): SubscriptionsPage['subscriptions'] {
  if (typeof wire.customer !== 'object' || wire.customer === null) return [];
  // A clock says by which time to decide, and an offer what it turns into: they are read with the customer.
  const onTrialOffer = wire.items.data.some(({ current_trial }) => current_trial != null);
  const whole = !wire.items.has_more && wire.test_clock === null && !onTrialOffer;
  const subscription = subscriptionFrom({ wire, items: wire.items.data }, products, null);
  return [{ customer: wire.customer, subscription, whole }];
}
