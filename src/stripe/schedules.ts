import type { Stripe } from 'stripe';
import { z } from 'zod';
import type { Phase } from '../domain/resolve/upcoming.ts';
import type { Answer } from '../domain/upstream/failure.ts';
import { answering, type Call } from './call.ts';
import type { Catalog } from './catalog.ts';
import { CallFailed } from './failure.ts';
import { priceWire } from './wire.ts';

const id = z.union([z.string(), z.object({ id: z.string() }).transform((object) => object.id)]);

const scheduleWire = z.object({
  phases: z.array(
    z.object({
      start_date: z.number(),
      items: z.array(z.object({ price: id, quantity: z.number().nullish() })),
    }),
  ),
});

/** The phase of a subscription schedule that begins next; null: none does. `now` in epoch ms. */
export function createNextPhase(client: Stripe, catalog: Pick<Catalog, 'products'>) {
  return (scheduleId: string, now: number): Promise<Answer<Phase | null>> =>
    answering(client, async (call) => {
      const { phases } = await call('subscriptionSchedules.retrieve', scheduleWire, () =>
        client.subscriptionSchedules.retrieve(scheduleId),
      );
      const [next] = phases
        .filter(({ start_date }) => start_date * 1000 > now)
        .toSorted((a, b) => a.start_date - b.start_date);
      if (next === undefined) return null;
      const priced = await pricesOf(client, call, catalog, [
        ...new Set(next.items.map(({ price }) => price)),
      ]);
      const items = next.items.flatMap(({ price, quantity }, nth) => {
        const found = priced.get(price);
        return found === undefined ? [] : [{ id: `item ${nth + 1}`, ...found, quantity: quantity ?? null }];
      });
      return { startsAt: next.start_date * 1000, items };
    });
}

async function pricesOf(
  client: Stripe,
  call: Call,
  catalog: Pick<Catalog, 'products'>,
  ids: readonly string[],
) {
  const prices = await Promise.all(
    ids.map((price) => call('prices.retrieve', priceWire, () => client.prices.retrieve(price))),
  );
  const products = await catalog.products(prices.map(({ product }) => product));
  if (!products.ok) throw new CallFailed(products.failure);
  return new Map(
    prices.map(({ id: price, lookup_key, metadata, product }) => [
      price,
      {
        price: { id: price, lookupKey: lookup_key ?? null, metadata },
        product: products.value.get(product) ?? { id: product, metadata: {} },
      },
    ]),
  );
}
