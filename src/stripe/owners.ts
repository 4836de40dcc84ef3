import type { Stripe } from 'stripe';
import { LRUCache } from 'lru-cache';
import type { z } from 'zod';
import { isMissing } from '../domain/upstream/what-next.ts';
import type { AskedObject } from '../domain/work.ts';
import type { Call } from './call.ts';
import { CallFailed } from './failure.ts';
import { cadenceWire, idWire, ownedWire, pricingPlanWire } from './wire.ts';

/** The customer behind an object; null when the object is unknown or nobody's. */
export type CustomerOf = (call: Call, object: AskedObject, id: string) => Promise<string | null>;

type Ask = (call: Call, id: string) => Promise<string | null>;
type Owned = z.output<typeof ownedWire>;

/** A subscription never changes hands: its customer is asked for once. `maxEntries` bounds what is remembered. */
export function createCustomerOf(client: Stripe, maxEntries = 10_000): CustomerOf {
  const bySubscription = new LRUCache<string, string>({ max: maxEntries });

  /** An account that is a customer answers as one. */
  const account: Ask = async (call, id) => {
    const send = () => client.customers.retrieve(id);
    return (await read(call, 'customers.retrieve', idWire, send))?.id ?? null;
  };

  const subscription: Ask = async (call, id) => {
    const known = bySubscription.get(id);
    if (known !== undefined) return known;
    const send = () => client.subscriptions.retrieve(id);
    const customerId = await ownerOf(call, await read(call, 'subscriptions.retrieve', ownedWire, send));
    if (customerId !== null) bySubscription.set(id, customerId);
    return customerId;
  };

  const invoice: Ask = async (call, id) =>
    ownerOf(call, await read(call, 'invoices.retrieve', ownedWire, () => client.invoices.retrieve(id)));

  const session: Ask = async (call, id) => {
    const send = () => client.checkout.sessions.retrieve(id);
    return ownerOf(call, await read(call, 'checkout.sessions.retrieve', ownedWire, send));
  };

  const charge: Ask = async (call, id) =>
    ownerOf(call, await read(call, 'charges.retrieve', ownedWire, () => client.charges.retrieve(id)));

  const payment: Ask = async (call, id) => {
    const send = () => client.paymentIntents.retrieve(id);
    return ownerOf(call, await read(call, 'paymentIntents.retrieve', ownedWire, send));
  };

  const cadence: Ask = async (call, id) => {
    const send = () => client.rawRequest('GET', `/v2/billing/cadences/${id}`);
    const payer = (await read(call, 'billing.cadences.retrieve', cadenceWire, send))?.payer ?? null;
    if (payer === null || payer.customer !== null) return payer?.customer ?? null;
    return payer.customer_account === null ? null : account(call, payer.customer_account);
  };

  const pricingPlan: Ask = async (call, id) => {
    const send = () => client.rawRequest('GET', `/v2/billing/pricing_plan_subscriptions/${id}`);
    const plan = await read(call, 'billing.pricingPlanSubscriptions.retrieve', pricingPlanWire, send);
    return plan === null ? null : cadence(call, plan.billing_cadence);
  };

  /** With Accounts v2 an object can name an account and no customer, or a subscription that names either. */
  async function ownerOf(call: Call, owned: Owned | null): Promise<string | null> {
    if (owned === null || owned.customer !== null) return owned?.customer ?? null;
    if (owned.customer_account !== null) return account(call, owned.customer_account);
    const id = owned.parent?.subscription_details?.subscription ?? owned.subscription;
    return id === null ? null : subscription(call, id);
  }

  const asks: Readonly<Record<AskedObject, Ask>> = {
    account,
    subscription,
    invoice,
    'checkout.session': session,
    charge,
    payment_intent: payment,
    pricing_plan_subscription: pricingPlan,
    billing_cadence: cadence,
  };
  return (call, object, id) => asks[object](call, id);
}

async function read<T>(
  call: Call,
  operation: string,
  wire: z.ZodType<T>,
  send: () => Promise<unknown>,
): Promise<T | null> {
  try {
    return await call(operation, wire, send);
  } catch (error) {
    if (error instanceof CallFailed && isMissing(error.failure)) return null;
    throw error;
  }
}
