import { LRUCache } from 'lru-cache';
import type { Stripe } from 'stripe';
import type { Answer } from '../domain/upstream/failure.ts';
import { answering, type Call } from './call.ts';
import { CallFailed } from './failure.ts';
import { collect, everyOf } from './paging.ts';
import type { TrialOffers, WholeSubscription } from './subscriptions.ts';
import { trialOfferWire, trialPriceWire, type ItemWire } from './wire.ts';

/**
 * What the trial offers of subscriptions turn into. An offer never changes that, so each is asked for once. Where it may
 * not be read the item goes by its own price, which a plan file may know by its product.
 */
export function createTrialOffers(
  client: Stripe,
): (call: Call, whole: readonly WholeSubscription[]) => Promise<TrialOffers> {
  const known = new LRUCache<string, { readonly becomes: ItemWire['price'] | null }>({ max: 1_000 });
  return async (call, whole) => {
    const ids = whole.flatMap(({ items }) => items.flatMap((item) => item.current_trial?.trial_offer ?? []));
    const found = new Map<string, ItemWire['price'] | null>();
    for (const id of new Set(ids)) {
      const held = known.get(id) ?? (await readOffer(client, call, id));
      if (held !== null) known.set(id, held);
      found.set(id, held?.becomes ?? null);
    }
    return found;
  };
}

async function readOffer(
  client: Stripe,
  call: Call,
  id: string,
): Promise<{ readonly becomes: ItemWire['price'] | null } | null> {
  try {
    const { end_behavior } = await call('productCatalog.trialOffers.retrieve', trialOfferWire, () =>
      client.productCatalog.trialOffers.retrieve(id, { expand: ['end_behavior.transition.price'] }),
    );
    return { becomes: end_behavior?.transition?.price ?? null };
  } catch (error) {
    const status = error instanceof CallFailed ? error.failure.status : null;
    if (status === 403 || status === 404) return null;
    throw error;
  }
}

/** The prices of all trial offers, with what each turns into; none where they may not be read. */
export function readTrialPrices(
  client: Stripe,
): Promise<Answer<readonly { readonly price: string; readonly becomes: string }[]>> {
  return answering(client, async (call) => {
    try {
      const offers = await collect(
        everyOf(call, 'productCatalog.trialOffers.list', trialPriceWire, (page) =>
          client.productCatalog.trialOffers.list(page),
        ),
      );
      return offers.flatMap(({ price, end_behavior }) => {
        const becomes = end_behavior?.transition?.price;
        return becomes === undefined ? [] : [{ price, becomes }];
      });
    } catch (error) {
      const status = error instanceof CallFailed ? error.failure.status : null;
      if (status === 403 || status === 404 || status === 400) return [];
      throw error;
    }
  });
}
