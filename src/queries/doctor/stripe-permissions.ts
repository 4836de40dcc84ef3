import type { Trial } from '../../domain/stripe-setup.ts';
import type { ReadingNeeds } from '../../domain/subscription.ts';
import type { UpstreamFailure } from '../../domain/upstream/failure.ts';
import { apiKeysPage } from '../../domain/upstream/pages.ts';
import { checksOf, type Check } from './check.ts';

const { ok, warn, fail, untold } = checksOf('stripe');

interface Use {
  /** As Stripe's page of keys calls it. */
  readonly resource: string;
  readonly permission: string;
  /** What is missing without it. */
  readonly without: string;
  readonly needed: (needs: ReadingNeeds) => boolean;
  /** Any answer but a refused permission may have other reasons, and says nothing of the key. */
  readonly tells?: 'refusal';
  /** Whoever does not need it need not hear of it. */
  readonly forSome?: true;
}

const always = () => true;
const never = () => false;

const uses: Readonly<Record<string, Use>> = {
  subscriptions: {
    resource: 'Subscriptions',
    permission: 'rak_subscription_read',
    without: 'nobody can be synced',
    needed: always,
  },
  customers: {
    resource: 'Customers',
    permission: 'rak_customer_read',
    without: 'nobody can be synced',
    needed: always,
  },
  products: {
    resource: 'Products',
    permission: 'rak_product_read',
    without: 'no plan can be told by its product',
    needed: always,
  },
  prices: {
    resource: 'Prices',
    permission: 'rak_plan_read',
    without: 'the catalogue cannot be compared with the plan file',
    needed: always,
  },
  invoices: {
    resource: 'Invoices',
    permission: 'rak_invoice_read',
    without: 'nobody knows when a grace began',
    needed: ({ graceStatuses }) => graceStatuses.length > 0,
  },
  events: {
    resource: 'Events',
    permission: 'rak_event_read',
    without: 'events that never arrived are not missed',
    needed: always,
  },
  'v2.core.events': {
    resource: 'Events (v2)',
    permission: 'rak_event_read',
    without: 'thin events that never arrived are not missed',
    needed: never,
  },
  'entitlements.activeEntitlements': {
    resource: 'Entitlements',
    permission: 'rak_entitlement_read',
    without: 'nobody whose plan is matched by entitlement can be synced',
    needed: ({ entitlements }) => entitlements,
    tells: 'refusal',
    forSome: true,
  },
  'productCatalog.trialOffers': {
    resource: 'Trial offers',
    permission: 'rak_trial_offer_read',
    without: 'an item on a trial offer goes by its own price',
    needed: never,
    tells: 'refusal',
  },
  'checkout.sessions': {
    resource: 'Checkout Sessions',
    permission: 'rak_checkout_session_read',
    without: 'checkout.clientReferenceId cannot be read',
    needed: ({ clientReferenceId }) => clientReferenceId,
  },
  'testHelpers.testClocks': {
    resource: 'Test clocks',
    permission: 'rak_billing_clock_read',
    without: 'reconcile does not see customers on a test clock',
    needed: never,
  },
};

/** Each permission was tried by a read of one object. */
export function permissionChecks(trials: readonly Trial[], needs: ReadingNeeds): readonly Check[] {
  return trials.flatMap(({ name, answer }) => {
    const use = uses[name];
    const id = `permission.${name}`;
    if (use === undefined || answer.ok) return [ok(id, `The key may read ${use?.resource ?? name}.`)];
    if (answer.failure.status !== 403)
      return use.tells === 'refusal' ? [] : [untold(id, `the key may read ${use.resource}`, answer.failure)];
    if (use.forSome === true && !use.needed(needs)) return [];
    const say = use.needed(needs) ? fail : warn;
    const remedy = permissionRemedy(use.resource, answer.failure, use.permission);
    return [say(id, `The key may not read ${use.resource}, and so ${use.without}.`, remedy)];
  });
}

/** By the name that Stripe itself gives it, where it does. */
export function permissionRemedy(resource: string, failure: UpstreamFailure, permission: string): string {
  const named = /\brak_\w+/.exec(failure.detail)?.[0] ?? permission;
  return `Give the key in STRIPE_SECRET_KEY the permission ${named} (${resource}: Read) at ${apiKeysPage}.`;
}
