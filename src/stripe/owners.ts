import type { Stripe } from 'stripe';
import { LRUCache } from 'lru-cache';
import type { z } from 'zod';
import type { AskedObject } from '../domain/work.ts';
import { orNull, type Call } from './call.ts';
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
    return (await orNull(call('customers.retrieve', idWire, send)))?.id ?? null;
  };

  const subscription: Ask = async (call, id) => {
    const known = bySubscription.get(id);
    if (known !== undefined) return known;
    const send = () => client.subscriptions.retrieve(id);
    const customerId = await ownerOf(call, await orNull(call('subscriptions.retrieve', ownedWire, send)));
    if (customerId !== null) bySubscription.set(id, customerId);
    return customerId;
  };

  const owned =
    (operation: string, retrieve: (id: string) => Promise<unknown>): Ask =>
    async (call, id) =>
      ownerOf(call, await orNull(call(operation, ownedWire, () => retrieve(id))));

  const cadence: Ask = async (call, id) => {
    const send = () => client.rawRequest('GET', `/v2/billing/cadences/${id}`);
    const payer = (await orNull(call('billing.cadences.retrieve', cadenceWire, send)))?.payer ?? null;
    if (payer === null || payer.customer !== null) return payer?.customer ?? null;
    return payer.customer_account === null ? null : account(call, payer.customer_account);
  };

  const pricingPlan: Ask = async (call, id) => {
    const send = () => client.rawRequest('GET', `/v2/billing/pricing_plan_subscriptions/${id}`);
    const plan = await orNull(call('billing.pricingPlanSubscriptions.retrieve', pricingPlanWire, send));
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
    invoice: owned('invoices.retrieve', (id) => client.invoices.retrieve(id)),
    'checkout.session': owned('checkout.sessions.retrieve', (id) => client.checkout.sessions.retrieve(id)),
    charge: owned('charges.retrieve', (id) => client.charges.retrieve(id)),
    payment_intent: owned('paymentIntents.retrieve', (id) => client.paymentIntents.retrieve(id)),
    pricing_plan_subscription: pricingPlan,
    billing_cadence: cadence,
  };
  return (call, object, id) => asks[object](call, id);
}
