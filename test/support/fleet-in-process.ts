import type { StripeSandbox } from '../../src/sandbox/stripe.ts';
import type { UnkeySandbox } from '../../src/sandbox/unkey.ts';
import { makeFleet, type Planted } from './fleet.ts';
import { makeCatalog } from './plans.ts';

/** A fleet with its catalogue, and no event of either. */
export async function plantFleet(
  stripe: StripeSandbox,
  unkey: UnkeySandbox,
  customers: number,
  planted: Planted,
): Promise<void> {
  makeCatalog(stripe);
  stripe.prices.create({ id: 'price_unknown', product: 'prod_boost' }, { copies: 0 });
  const each = (create: (input: never, delivery: never) => unknown) => (inputs: readonly object[]) => {
    for (const input of inputs) {
      const { delivery, ...rest } = input as { delivery?: object };
      create(rest as never, (delivery ?? {}) as never);
    }
    return Promise.resolve();
  };
  await makeFleet(
    {
      customers: each(stripe.customers.create),
      subscriptions: each(stripe.subscriptions.create),
      identities: each(unkey.putIdentity),
    },
    { customers, planted },
  );
}
