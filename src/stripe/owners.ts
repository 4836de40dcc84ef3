import type { Stripe } from 'stripe';
import type { z } from 'zod';
import type { Call } from './call.ts';
import { CallFailed } from './failure.ts';
import { ownedWire } from './wire.ts';

export type OwnedObject = 'subscription' | 'invoice' | 'checkout.session';

/** The customer behind an object; null when the object is unknown or nobody's. */
export type CustomerOf = (call: Call, object: OwnedObject, id: string) => Promise<string | null>;

/** A subscription never changes hands: its customer is asked for once. `maxEntries` bounds what is remembered. */
export function createCustomerOf(client: Stripe, maxEntries = 10_000): CustomerOf {
  const bySubscription = new Map<string, string>();

  const ofSubscription = async (call: Call, id: string): Promise<string | null> => {
    const known = bySubscription.get(id);
    if (known !== undefined) return known;
    const owned = await read(call, 'subscriptions.retrieve', () => client.subscriptions.retrieve(id));
    const customerId = owned?.customer ?? null;
    if (customerId !== null) bySubscription.set(id, customerId);
    for (const oldest of bySubscription.keys()) {
      if (bySubscription.size <= maxEntries) break;
      bySubscription.delete(oldest);
    }
    return customerId;
  };

  return async (call, object, id) => {
    if (object === 'subscription') return ofSubscription(call, id);
    const owned =
      object === 'invoice'
        ? await read(call, 'invoices.retrieve', () => client.invoices.retrieve(id))
        : await read(call, 'checkout.sessions.retrieve', () => client.checkout.sessions.retrieve(id));
    if (owned === null || owned.customer !== null) return owned?.customer ?? null;
    // With Accounts v2 these can name an account and no customer; their subscription still names one.
    const subscription = owned.parent?.subscription_details?.subscription ?? owned.subscription;
    return subscription === null ? null : ofSubscription(call, subscription);
  };
}

async function read(
  call: Call,
  operation: string,
  send: () => Promise<unknown>,
): Promise<z.output<typeof ownedWire> | null> {
  try {
    return await call(operation, ownedWire, send);
  } catch (error) {
    if (error instanceof CallFailed && error.failure.type === 'resource_missing') return null;
    throw error;
  }
}
