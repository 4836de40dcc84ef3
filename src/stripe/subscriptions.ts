import type { Stripe } from 'stripe';
import type { Product, Subscription, SubscriptionItem } from '../domain/subscription.ts';
import type { Call } from './call.ts';
import { CallFailed } from './failure.ts';
import { collect, everyOf, pageSize } from './paging.ts';
import { itemWire, listOf, subscriptionWire, type ItemWire, type SubscriptionWire } from './wire.ts';
import { isMissing } from '../domain/upstream/what-next.ts';

/** Statuses that nothing leads out of. */
const endedStatuses: ReadonlySet<string> = new Set(['canceled', 'incomplete_expired']);

/** A subscription with all of its items, however many pages they came on. */
export interface WholeSubscription {
  readonly wire: SubscriptionWire;
  readonly items: readonly ItemWire[];
}

/**
 * The subscriptions that count, newest first: those that have not ended, or else the newest that has, which may still
 * say whose identity it was. Asking for all statuses makes one call enough for most; where the past fills more than a
 * page, the present is read by itself. The customer comes expanded, two levels deep of the four that Stripe allows.
 */
export async function readSubscriptions(
  client: Stripe,
  call: Call,
  customerId: string,
): Promise<readonly SubscriptionWire[]> {
  // A customer of Accounts v2 that Stripe calls by its account alone.
  const whose = customerId.startsWith('acct_') ? { customer_account: customerId } : { customer: customerId };
  const query = { ...whose, expand: ['data.customer'] };
  try {
    const page = await call('subscriptions.list', listOf(subscriptionWire), () =>
      client.subscriptions.list({ ...query, status: 'all', limit: pageSize }),
    );
    const current = page.has_more
      ? await collect(
          everyOf(call, 'subscriptions.list', subscriptionWire, (at) =>
            client.subscriptions.list({ ...query, ...at }),
          ),
        )
      : page.data;
    const running = current.filter(({ status }) => !endedStatuses.has(status));
    return running.length > 0 ? running : page.data.slice(0, 1);
  } catch (error) {
    // Stripe refuses to list for a customer it does not know; whether it does is for the customer's own route to say.
    if (error instanceof CallFailed && isMissing(error.failure)) return [];
    throw error;
  }
}

/** Stripe inlines the first items alone. */
export async function readItems(
  client: Stripe,
  call: Call,
  wire: SubscriptionWire,
): Promise<WholeSubscription> {
  const items = [...wire.items.data];
  const last = items.at(-1)?.id;
  if (wire.items.has_more) {
    const rest = everyOf(
      call,
      'subscriptionItems.list',
      itemWire,
      (page) => client.subscriptionItems.list({ subscription: wire.id, ...page }),
      last,
    );
    items.push(...(await collect(rest)));
  }
  return { wire, items };
}

export function subscriptionFrom(
  { wire, items }: WholeSubscription,
  products: ReadonlyMap<string, Product>,
  owedSince: number | null,
  offers: TrialOffers = new Map(),
): Subscription {
  const ends = items.map((item) => item.current_period_end ?? null).filter((end) => end !== null);
  const because = wire.status_details?.paused?.subscription?.type;
  const resumesAt = milliseconds(wire.pause_collection?.resumes_at);
  return {
    id: wire.id,
    status: wire.status,
    createdAt: wire.created * 1000,
    metadata: wire.metadata,
    items: items.map(({ id, price, quantity, current_trial: trial }) => ({
      id,
      ...pricedAt(price, products),
      quantity: quantity ?? null,
      ...(trial == null ? {} : { trial: trialOf(trial, products, offers) }),
    })),
    cancelAt: milliseconds(wire.cancel_at),
    cancelAtPeriodEnd: wire.cancel_at_period_end ?? false,
    currentPeriodEnd: milliseconds(ends.length > 0 ? Math.min(...ends) : wire.current_period_end),
    trialEnd: milliseconds(wire.trial_end),
    ...(wire.schedule === null ? {} : { scheduleId: wire.schedule }),
    ...(because === undefined ? {} : { pausedBecause: because }),
    ...(resumesAt === null ? {} : { collectionResumesAt: resumesAt }),
    owedSince,
  };
}

/** What each trial offer turns into, by its id. */
export type TrialOffers = ReadonlyMap<string, ItemWire['price'] | null>;

function pricedAt(price: ItemWire['price'], products: ReadonlyMap<string, Product>) {
  return {
    price: { id: price.id, lookupKey: price.lookup_key ?? null, metadata: price.metadata },
    product: products.get(price.product) ?? { id: price.product, metadata: {} },
  };
}

function trialOf(
  { trial_offer: offer, end_date }: NonNullable<ItemWire['current_trial']>,
  products: ReadonlyMap<string, Product>,
  offers: TrialOffers,
): NonNullable<SubscriptionItem['trial']> {
  const becomes = offers.get(offer) ?? null;
  return { endsAt: milliseconds(end_date), becomes: becomes === null ? null : pricedAt(becomes, products) };
}

function milliseconds(seconds: number | null | undefined): number | null {
  return seconds === null || seconds === undefined ? null : seconds * 1000;
}
