import type { Stripe } from 'stripe';
import type { CatalogPrice } from '../domain/plan-file/match-catalog.ts';
import type { Answer } from '../domain/upstream/failure.ts';
import { answering } from './call.ts';
import { collect, everyOf } from './paging.ts';
import { catalogPriceFrom, catalogPriceWire, idWire, listOf } from './wire.ts';

/** Each is a call; accounts that archive more have other means. */
export const mostArchivedAsked = 200;

export interface ArchivedInUse {
  readonly prices: readonly CatalogPrice[];
  readonly asked: number;
  /** Archived prices for which Stripe was not asked: there are too many. */
  readonly notAsked: number;
}

/** Archived prices that a subscription still has, of those that `concern` whoever asks, `most` of them. */
export function readArchivedInUse(
  client: Stripe,
  concern: (price: CatalogPrice) => boolean,
  most: number,
): Promise<Answer<ArchivedInUse>> {
  return answering(client, async (call) => {
    const archived = await collect(
      everyOf(call, 'prices.list', catalogPriceWire, (page) =>
        client.prices.list({ active: false, expand: ['data.product'], ...page }),
      ),
    );
    const concerned = archived.map(catalogPriceFrom).filter((price) => price.recurring && concern(price));
    const prices: CatalogPrice[] = [];
    for (const price of concerned.slice(0, most)) {
      const { data } = await call('subscriptions.list', listOf(idWire), () =>
        client.subscriptions.list({ price: price.price.id, limit: 1 }),
      );
      if (data.length > 0) prices.push(price);
    }
    const asked = Math.min(concerned.length, most);
    return { prices, asked, notAsked: concerned.length - asked };
  });
}
