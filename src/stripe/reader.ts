import type { Stripe } from 'stripe';
import { z } from 'zod';
import type { Answer, RequestTrace } from '../domain/upstream/failure.ts';
import type { MetadataSearch } from '../domain/customer/other-customers.ts';
import type { Product, ReadingNeeds, StripeState, Subscription } from '../domain/subscription.ts';
import { answering, orNull, type Call } from './call.ts';
import type { Catalog } from './catalog.ts';
import { CallFailed } from './failure.ts';
import type { AskedObject } from '../domain/work.ts';
import { createCustomerOf } from './owners.ts';
import { collect, everyOf } from './paging.ts';
import { createCustomersLike } from './search.ts';
import {
  readItems,
  readSubscriptions,
  subscriptionFrom,
  type TrialOffers,
  type WholeSubscription,
} from './subscriptions.ts';
import { createTrialOffers } from './trial-offers.ts';
import {
  customerWire,
  invoiceWire,
  sessionWire,
  testClockWire,
  type CustomerWire,
  type SubscriptionWire,
} from './wire.ts';

export interface Reader {
  /** The customer as Stripe has it now; null when Stripe knows no such customer. */
  readCustomer(customerId: string, needs: ReadingNeeds): Promise<Answer<StripeState | null>>;
  /** The customer behind an object; null when the object is unknown or belongs to none. */
  customerOf(object: AskedObject, id: string): Promise<Answer<string | null>>;
  /** The customers that Stripe's search finds by metadata of theirs or of their subscriptions. */
  customersLike(searches: readonly MetadataSearch[]): Promise<Answer<readonly string[]>>;
}

/**
 * Reads with one call where Stripe allows it: the list of subscriptions brings the customer along, and products come
 * from the catalogue. `now` in epoch milliseconds decides which invoices are due.
 */
export function createStripeReader(
  client: Stripe,
  catalog: Pick<Catalog, 'products'>,
  options: { readonly now?: () => number; readonly maxEntries?: number } = {},
): Reader {
  const now = options.now ?? Date.now;
  const customerOf = createCustomerOf(client, options.maxEntries);
  const trialOffers = createTrialOffers(client);
  return {
    readCustomer: (customerId, needs) =>
      answering(client, async (call, requests) => {
        const wires = await readSubscriptions(client, call, customerId);
        const customer =
          expandedIn(wires, customerId) ??
          (await orNull(
            call('customers.retrieve', customerWire, () => client.customers.retrieve(customerId)),
          ));
        if (customer === null) return null;
        // With a customer everything of theirs goes: their subscriptions were canceled at once.
        if (customer.deleted) return { customer, subscriptions: [], clientReferenceId: null };
        const whole: WholeSubscription[] = [];
        for (const wire of wires) whole.push(await readItems(client, call, wire));
        const offers = await trialOffers(call, whole);
        const products = await productsOf(whole, offers, catalog, requests);
        const clock = wires.find(({ test_clock }) => test_clock !== null)?.test_clock ?? null;
        const frozenAt = clock === null ? null : await readTestClock(client, call, clock);
        const subscriptions: Subscription[] = [];
        for (const each of whole) {
          const counting = needs.graceStatuses.includes(each.wire.status);
          const owedSince = counting
            ? await readOwedSince(client, call, each.wire.id, frozenAt ?? now())
            : null;
          subscriptions.push(subscriptionFrom(each, products, owedSince, offers));
        }
        const clientReferenceId = needs.clientReferenceId
          ? await readClientReferenceId(client, call, customerId)
          : null;
        return {
          customer,
          subscriptions,
          clientReferenceId,
          ...(needs.entitlements ? { entitlements: await readEntitlements(client, call, customer.id) } : {}),
          ...(frozenAt === null ? {} : { frozenAt }),
        };
      }),
    customerOf: (object, id) => answering(client, (call) => customerOf(call, object, id)),
    customersLike: createCustomersLike(client),
  };
}

/** The time that it shows, epoch ms. */
async function readTestClock(client: Stripe, call: Call, id: string): Promise<number> {
  const { frozen_time } = await call('testHelpers.testClocks.retrieve', testClockWire, () =>
    client.testHelpers.testClocks.retrieve(id),
  );
  return frozen_time * 1000;
}

function expandedIn(wires: readonly SubscriptionWire[], customerId: string): CustomerWire | null {
  for (const { customer } of wires) {
    if (typeof customer === 'object' && customer?.id === customerId) return customer;
  }
  return null;
}

async function productsOf(
  whole: readonly WholeSubscription[],
  offers: TrialOffers,
  catalog: Pick<Catalog, 'products'>,
  requests: RequestTrace[],
): Promise<ReadonlyMap<string, Product>> {
  const later = [...offers.values()].flatMap((price) => price?.product ?? []);
  const ids = [...whole.flatMap(({ items }) => items.map(({ price }) => price.product)), ...later];
  if (ids.length === 0) return new Map();
  const answer = await catalog.products(ids);
  requests.push(...answer.requests);
  if (!answer.ok) throw new CallFailed(answer.failure);
  return answer.value;
}

/** Sessions come newest first; reading stops at the first that names somebody. */
async function readClientReferenceId(client: Stripe, call: Call, customerId: string): Promise<string | null> {
  const sessions = everyOf(call, 'checkout.sessions.list', sessionWire, (page) =>
    client.checkout.sessions.list({ customer: customerId, status: 'complete', ...page }),
  );
  for await (const session of sessions) {
    const reference = session.client_reference_id ?? '';
    if (reference !== '') return reference;
  }
  return null;
}

const entitlementWire = z.object({ id: z.string(), lookup_key: z.string() });

/** The lookup keys of the features that a customer is entitled to now. An event of them has at most the first ten. */
async function readEntitlements(client: Stripe, call: Call, customerId: string): Promise<readonly string[]> {
  const pages = everyOf(call, 'entitlements.activeEntitlements.list', entitlementWire, (page) =>
    client.entitlements.activeEntitlements.list({ customer: customerId, ...page }),
  );
  return (await collect(pages)).map(({ lookup_key }) => lookup_key);
}

/**
 * Since when a subscription owes, epoch ms: the earliest `due_date`, else `finalized_at`, of its open invoices that
 * are due at `now`. An invoice that is paid by hand has a due date, and is not due before it; one that is charged by
 * itself has none, and is due from the moment it is final. null: nothing is owed.
 */
async function readOwedSince(
  client: Stripe,
  call: Call,
  subscriptionId: string,
  now: number,
): Promise<number | null> {
  const open = everyOf(call, 'invoices.list', invoiceWire, (page) =>
    client.invoices.list({ subscription: subscriptionId, status: 'open', ...page }),
  );
  let earliest: number | null = null;
  for await (const invoice of open) {
    const since = invoice.due_date ?? invoice.status_transitions?.finalized_at ?? null;
    if (since === null || since * 1000 > now || invoice.amount_remaining <= 0) continue;
    earliest = Math.min(earliest ?? Number.POSITIVE_INFINITY, since * 1000);
  }
  return earliest;
}
