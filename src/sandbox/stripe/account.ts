import { createTable, type Entity, type Metadata, type Table } from './table.ts';

/** One Stripe account: everything in it, and how new objects look. */

export interface Item extends Entity {
  readonly price: string;
  readonly quantity?: number;
}

export interface Customer extends Entity {
  readonly metadata: Metadata;
  readonly deleted?: boolean;
}

export interface Product extends Entity {
  readonly metadata: Metadata;
  readonly active: boolean;
  readonly deleted?: boolean;
}

export interface Price extends Entity {
  readonly metadata: Metadata;
  readonly active: boolean;
  readonly product: string;
  readonly lookup_key: string | null;
  readonly type: string;
}

export interface Subscription extends Entity {
  readonly metadata: Metadata;
  readonly customer: string;
  readonly status: string;
  /** All of them; what is read shows the first ones inline. */
  readonly items: readonly Item[];
}

export interface Invoice extends Entity {
  readonly customer: string;
  readonly subscription: string;
  readonly status: string;
}

interface Session extends Entity {
  readonly customer: string | null;
  readonly subscription: string | null;
  readonly status: string;
}

export interface Account {
  readonly customers: Table<Customer>;
  readonly products: Table<Product>;
  readonly prices: Table<Price>;
  readonly subscriptions: Table<Subscription>;
  readonly invoices: Table<Invoice>;
  readonly sessions: Table<Session>;
  /** Of Stripe's pricing plans, in preview: who has one, and by which cadence that is paid. */
  readonly pricingPlans: Table;
  readonly cadences: Table;
  readonly testClocks: Table;
  readonly trialOffers: Table;
  readonly schedules: Table;
  /** Active ones by customer. */
  readonly entitlements: Map<string, readonly Entity[]>;
  /** Of API v1, and of v2. */
  readonly webhookEndpoints: Table;
  readonly eventDestinations: Table;
  /** Accounts that are connected to this one. */
  readonly connected: Table;
  /** By customer: the account of Accounts v2 that it is, and whether what is its own names the account alone. */
  readonly accounts: Map<string, { readonly id: string; readonly alone: boolean }>;
  /** How many items a subscription shows inline. */
  inlineItems: number;
}

export function createAccount(): Account {
  return {
    customers: createTable<Customer>(),
    products: createTable<Product>(),
    prices: createTable<Price>(['product']),
    subscriptions: createTable<Subscription>(['customer']),
    invoices: createTable<Invoice>(['subscription', 'customer']),
    sessions: createTable<Session>(['customer']),
    pricingPlans: createTable(),
    cadences: createTable(),
    testClocks: createTable(),
    trialOffers: createTable(),
    schedules: createTable(),
    entitlements: new Map(),
    webhookEndpoints: createTable(),
    eventDestinations: createTable(),
    connected: createTable(),
    accounts: new Map(),
    inlineItems: 10,
  };
}

/** The customer that an account of Accounts v2 is. */
export function customerOfAccount(account: Account, id: string): string | undefined {
  return [...account.accounts].find(([, { id: known }]) => known === id)?.[0];
}

/** Whose an object is, as it says so itself. */
function owner(account: Account, { object, customer }: Entity & { readonly customer?: unknown }): object {
  const known = account.accounts.get(String(customer));
  if (known === undefined || object === 'customer') return {};
  return { customer_account: known.id, ...(known.alone ? { customer: null } : {}) };
}

/** An object as Stripe answers it: deleted ones shrink to a stub, prices stand in their items, items in a list. */
export function rendered(account: Account, entity: Entity): Record<string, unknown> {
  if (entity['deleted'] === true) return { id: entity.id, object: entity.object, deleted: true };
  if (entity.object === 'subscription_item') {
    const price = account.prices.get(String(entity['price']));
    return { ...entity, price: price === undefined ? null : rendered(account, price) };
  }
  if (entity.object === 'invoice') {
    const { subscription, ...rest } = entity;
    const details = {
      metadata: account.subscriptions.get(String(subscription))?.metadata ?? {},
      subscription,
    };
    return {
      ...rest,
      ...owner(account, entity),
      parent: { type: 'subscription_details', subscription_details: details },
    };
  }
  if (entity.object === 'subscription') {
    const items = (entity as Subscription).items;
    const data = items.slice(0, account.inlineItems).map((item) => rendered(account, item));
    const url = `/v1/subscription_items?subscription=${entity.id}`;
    const list = {
      object: 'list',
      data,
      has_more: items.length > data.length,
      total_count: items.length,
      url,
    };
    return { ...entity, ...owner(account, entity), items: list };
  }
  return { ...entity, ...owner(account, entity) };
}
