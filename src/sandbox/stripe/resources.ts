import { customerOfAccount, type Account } from './account.ts';
import { listEntitlements } from './entitlements.ts';
import {
  listCustomers,
  listDestinations,
  listItems,
  listPrices,
  listProducts,
  listSubscriptions,
  narrowed,
} from './filters.ts';
import type { Query } from './query.ts';
import type { Entity, Table } from './table.ts';

/** What can be read, and by what it can be narrowed. */
export interface Resource {
  readonly path: string;
  /** As operations are named: `subscriptions`, `checkout.sessions`. */
  readonly name: string;
  readonly object: string;
  /** What a restricted key needs. */
  readonly permission: string;
  readonly filters: readonly string[];
  /** Absent for events, which are kept elsewhere. */
  readonly source?: Source;
}

interface Source {
  readonly find: (account: Account, id: string) => Entity | undefined;
  readonly list: (account: Account, query: Query) => readonly Entity[];
}

type TableName = { [Name in keyof Account]: Account[Name] extends Table ? Name : never }[keyof Account];

/** What a table has; listed are all of its rows unless something else is said. */
function of(name: TableName, list: Source['list'] = (account) => account[name].all()): Source {
  return { find: (account, id) => account[name].get(id), list };
}

const resources: readonly Resource[] = [
  {
    path: '/v1/customers',
    name: 'customers',
    object: 'customer',
    permission: 'rak_customer_read',
    filters: ['email'],
    source: {
      find: (account, id) => account.customers.get(customerOfAccount(account, id) ?? id),
      list: listCustomers,
    },
  },
  {
    path: '/v1/subscriptions',
    name: 'subscriptions',
    object: 'subscription',
    permission: 'rak_subscription_read',
    filters: ['customer', 'customer_account', 'status', 'price', 'created', 'test_clock'],
    source: of('subscriptions', listSubscriptions),
  },
  {
    path: '/v1/subscription_items',
    name: 'subscriptionItems',
    object: 'subscription_item',
    permission: 'rak_subscription_read',
    filters: ['subscription'],
    source: { find: () => undefined, list: listItems },
  },
  {
    path: '/v1/products',
    name: 'products',
    object: 'product',
    permission: 'rak_product_read',
    filters: ['ids', 'active'],
    source: of('products', listProducts),
  },
  {
    path: '/v1/prices',
    name: 'prices',
    object: 'price',
    permission: 'rak_plan_read',
    filters: ['active', 'product', 'lookup_keys'],
    source: of('prices', listPrices),
  },
  {
    path: '/v1/invoices',
    name: 'invoices',
    object: 'invoice',
    permission: 'rak_invoice_read',
    filters: ['customer', 'subscription', 'status'],
    source: of('invoices', (account, query) =>
      narrowed(account.invoices, query, ['subscription', 'customer']),
    ),
  },
  {
    path: '/v1/checkout/sessions',
    name: 'checkout.sessions',
    object: 'checkout.session',
    permission: 'rak_checkout_session_read',
    filters: ['customer', 'status', 'subscription'],
    source: of('sessions', (account, query) => narrowed(account.sessions, query, ['customer'])),
  },
  {
    path: '/v1/test_helpers/test_clocks',
    name: 'testHelpers.testClocks',
    object: 'test_helpers.test_clock',
    permission: 'rak_billing_clock_read',
    filters: [],
    source: of('testClocks'),
  },
  {
    path: '/v1/entitlements/active_entitlements',
    name: 'entitlements.activeEntitlements',
    object: 'entitlements.active_entitlement',
    permission: 'rak_entitlement_read',
    filters: ['customer'],
    source: { find: () => undefined, list: listEntitlements },
  },
  {
    path: '/v1/subscription_schedules',
    name: 'subscriptionSchedules',
    object: 'subscription_schedule',
    permission: 'rak_subscription_read',
    filters: [],
    source: of('schedules'),
  },
  {
    path: '/v1/product_catalog/trial_offers',
    name: 'productCatalog.trialOffers',
    object: 'product_catalog.trial_offer',
    permission: 'rak_trial_offer_read',
    filters: ['active'],
    source: of('trialOffers'),
  },
  {
    path: '/v2/billing/pricing_plan_subscriptions',
    name: 'billing.pricingPlanSubscriptions',
    object: 'v2.billing.pricing_plan_subscription',
    permission: 'rak_pricing_plan_read',
    filters: [],
    source: of('pricingPlans', () => []),
  },
  {
    path: '/v2/billing/cadences',
    name: 'billing.cadences',
    object: 'v2.billing.cadence',
    permission: 'rak_cadence_read',
    filters: [],
    source: of('cadences', () => []),
  },
  {
    path: '/v1/webhook_endpoints',
    name: 'webhookEndpoints',
    object: 'webhook_endpoint',
    permission: 'rak_webhook_read',
    filters: [],
    source: of('webhookEndpoints'),
  },
  {
    path: '/v2/core/event_destinations',
    name: 'v2.core.eventDestinations',
    object: 'v2.core.event_destination',
    permission: 'rak_event_destination_read',
    filters: ['include'],
    source: of('eventDestinations', listDestinations),
  },
  {
    path: '/v1/accounts',
    name: 'accounts',
    object: 'account',
    permission: 'rak_accounts_kyc_basic_read',
    filters: [],
    source: of('connected'),
  },
  {
    path: '/v1/events',
    name: 'events',
    object: 'event',
    permission: 'rak_event_read',
    filters: ['type', 'types', 'created', 'delivery_success'],
  },
  {
    path: '/v2/core/events',
    name: 'v2.core.events',
    object: 'v2.core.event',
    permission: 'rak_event_read',
    filters: ['types', 'object_id', 'created', 'page'],
  },
];

/** A path is a resource's own, or one of its objects'. */
export function routeFor(path: string): { readonly resource: Resource; readonly id: string | null } | null {
  for (const resource of resources) {
    if (path === resource.path) return { resource, id: null };
    const [, id] = path.startsWith(`${resource.path}/`) ? path.split(`${resource.path}/`) : [];
    if (id !== undefined && id !== '' && !id.includes('/')) return { resource, id: decodeURIComponent(id) };
  }
  return null;
}
