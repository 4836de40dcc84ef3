import type { Stripe } from 'stripe';
import { z } from 'zod';
import type { ListedPrice } from '../domain/catalogue.ts';
import type { Customer } from '../domain/subscription.ts';
import type { Answer } from '../domain/upstream/failure.ts';
import { answering } from './call.ts';
import { collect, everyOf, pageSize } from './paging.ts';
import { customerWire, listOf } from './wire.ts';

const priceWire = z.object({
  id: z.string(),
  lookup_key: z.string().nullish(),
  unit_amount: z.number().nullish(),
  currency: z.string(),
  recurring: z.object({ interval: z.string(), interval_count: z.number() }).nullish(),
  product: z.object({ id: z.string(), name: z.string().nullish() }),
});

/** What an account sells by subscription, as people call it. */
export function readPriceList(client: Stripe): Promise<Answer<readonly ListedPrice[]>> {
  return answering(client, async (call) => {
    const prices = await collect(
      everyOf(call, 'prices.list', priceWire, (page) =>
        client.prices.list({ active: true, expand: ['data.product'], ...page }),
      ),
    );
    return prices.flatMap(({ recurring, product, ...price }) =>
      recurring == null
        ? []
        : {
            id: price.id,
            lookupKey: price.lookup_key ?? null,
            product: { id: product.id, name: product.name ?? product.id },
            amount: price.unit_amount ?? null,
            currency: price.currency,
            interval: recurring.interval,
            intervalCount: recurring.interval_count,
          },
    );
  });
}

/** The newest customers: enough to see where the ids of users stand. */
export function readNewestCustomers(client: Stripe): Promise<Answer<readonly Customer[]>> {
  return answering(client, async (call) => {
    const page = await call('customers.list', listOf(customerWire), () =>
      client.customers.list({ limit: pageSize }),
    );
    return page.data;
  });
}
