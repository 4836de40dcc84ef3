import { pingType } from '../domain/pings.ts';
import type { AskedObject } from '../domain/work.ts';

/**
 * Which event types concern us, and through which object they lead to a customer. Types are meant without the `v1.`
 * that thin events put in front. `*` stands for any rest, so that types which Stripe adds to a family we care about are
 * taken along; a full name goes before its family. What a sync needs is read from Stripe afterwards: a row that is too
 * generous costs one read, one that is missing loses a change.
 */

export type Route =
  /** The object is the customer. */
  | { readonly kind: 'customer' }
  /** The object belongs to a customer: a snapshot names it, after a thin event Stripe must be asked. */
  | { readonly kind: 'of'; readonly object: AskedObject }
  /** The object has no id to ask for: a snapshot names the customer, and a thin event leads nowhere. */
  | { readonly kind: 'named' }
  | { readonly kind: 'catalog'; readonly object: 'price' | 'product' }
  | { readonly kind: 'none'; readonly why: string };

/** Only plan files that match by entitlement need it. */
export const entitlementsType = 'entitlements.active_entitlement_summary.updated';

const customer: Route = { kind: 'customer' };
const ofSubscription: Route = { kind: 'of', object: 'subscription' };
const ofInvoice: Route = { kind: 'of', object: 'invoice' };
const ofSession: Route = { kind: 'of', object: 'checkout.session' };
const ofAccount: Route = { kind: 'of', object: 'account' };
const ofPricingPlan: Route = { kind: 'of', object: 'pricing_plan_subscription' };
const ofCadence: Route = { kind: 'of', object: 'billing_cadence' };
const price: Route = { kind: 'catalog', object: 'price' };
const product: Route = { kind: 'catalog', object: 'product' };
const no = (why: string): Route => ({ kind: 'none', why });

const noSettlement = no('it changes neither what is subscribed nor what is owed');
const noPlanChange = no('it does not change what the customer has subscribed to');
const noMapping = no('it does not change which plan a price or product stands for');

const eventTypes: readonly (readonly [pattern: string, route: Route])[] = [
  // Status, items, quantity, metadata, trial: all of a subscription's life, and its fine-grained thin events.
  ['customer.subscription*', ofSubscription],

  // Metadata of the customer may name the identity or override the plan; deletion cancels at once.
  ['customer.created', customer],
  ['customer.updated', customer],
  ['customer.deleted', customer],
  ['customer.*', noPlanChange],

  // With Accounts v2 a customer is an account, whose own events take the place of the customer's.
  ['v2.core.account.created', ofAccount],
  ['v2.core.account.updated', ofAccount],
  ['v2.core.account.closed', ofAccount],
  ['v2.core.account[configuration.customer]*', ofAccount],
  ['v2.core.account[identity]*', ofAccount],
  ['v2.core.account*', noPlanChange],

  // What a customer pays for there cannot be read yet: its identity is not lowered.
  ['v2.billing.pricing_plan_subscription*', ofPricingPlan],
  ['v2.billing.cadence*', ofCadence],
  ['v2.billing.*', no('it changes what pricing plans offer, and nobody who has one')],

  // A second trigger beside the subscription's own event. Finalizing and falling due start the time of a grace.
  ['invoice.paid', ofInvoice],
  ['invoice.payment_succeeded', ofInvoice],
  ['invoice.payment_failed', ofInvoice],
  ['invoice.payment_action_required', ofInvoice],
  ['invoice.marked_uncollectible', ofInvoice],
  ['invoice.voided', ofInvoice],
  ['invoice.finalized', ofInvoice],
  ['invoice.overdue', ofInvoice],
  ['invoice.*', noSettlement],

  // They may bring the client_reference_id that names the identity.
  ['checkout.session.completed', ofSession],
  ['checkout.session.async_payment_succeeded', ofSession],
  ['checkout.session.*', noPlanChange],

  // Nobody subscribes to a product on the day it is made; a new price may take over a lookup key.
  ['product.created', noMapping],
  ['product.default_price_changed', noMapping],
  ['product.activated', noMapping],
  ['product.deactivated', noMapping],
  ['product.*', product],
  ['price.activated', noMapping],
  ['price.deactivated', noMapping],
  ['price.*', price],
  ['plan.*', no('every plan event repeats a price event')],

  // A phase that begins changes the subscription, which says so itself.
  ['subscription_schedule.*', no('a schedule changes nothing before its subscription does')],
  // Who has which feature, for plan files that ask for it.
  [entitlementsType, { kind: 'named' }],
  ['entitlements.*', no('it changes what features there are, and nobody who has one')],
  [pingType, no('it is a test of the connection')],
  ['ping', no('it is a test of the connection')],
];

const exact = new Map(eventTypes.filter(([pattern]) => !pattern.endsWith('*')));
const families = eventTypes
  .filter(([pattern]) => pattern.endsWith('*'))
  .map(([pattern, route]) => [pattern.slice(0, -1), route] as const);

/** The route of a type without `v1.`. */
export function routeOf(type: string): Route {
  return (
    exact.get(type) ??
    families.find(([family]) => type.startsWith(family))?.[1] ??
    no('this type of event does not bear on a plan')
  );
}

/** Of the families that are taken along, the types that Stripe sends snapshots of today. */
const ofFamilies: readonly string[] = [
  'customer.subscription.created',
  'customer.subscription.updated',
  'customer.subscription.deleted',
  'customer.subscription.paused',
  'customer.subscription.resumed',
  'customer.subscription.pending_update_applied',
  'customer.subscription.pending_update_expired',
  'customer.subscription.trial_will_end',
  'price.created',
  'price.updated',
  'price.deleted',
  'product.updated',
  'product.deleted',
];

/** What a webhook endpoint of Stripe's API v1 should be subscribed to: every type that leads to work. */
export const recommendedEventTypes: readonly string[] = [
  ...new Set([...ofFamilies, ...[...exact].flatMap(([type, { kind }]) => (kind === 'none' ? [] : [type]))]),
]
  .filter((type) => !type.startsWith('v2.') && type !== entitlementsType)
  .toSorted((a, b) => (a < b ? -1 : 1));
