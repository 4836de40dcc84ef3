import { rendered, type Customer, type Price, type Product } from './account.ts';
import { createInvoice, createSession, updateInvoice } from './billing-changes.ts';
import { setEntitlements } from './entitlements.ts';
import { createDestinationChanges } from './destination-changes.ts';
import type { CreateInputs } from './inputs.ts';
import { patch, remove } from './patch.ts';
import { createSubscriptionChanges } from './subscription-changes.ts';
import {
  born,
  ChangeRefused,
  mergeMetadata,
  type Changed,
  type Changes,
  type Happening,
  type World,
} from './world.ts';

export function createChanges(world: World): Changes {
  const subscriptions = createSubscriptionChanges(world);
  return {
    customers: {
      create: (input) => createCustomer(world, input),
      update: (id, input) =>
        ofAccount(world, id, 'updated', patch(world, 'customers', 'customer.updated', id, input)),
      remove(id) {
        const owned = world.account.subscriptions.having('customer', id);
        const cancelable = owned.filter(({ status }) => status !== 'canceled');
        const canceled = cancelable.flatMap((each) => subscriptions.remove(each.id).happenings);
        const removed = ofAccount(world, id, 'closed', remove(world, 'customers', 'customer.deleted', id));
        return { entity: removed.entity, happenings: [...canceled, ...removed.happenings] };
      },
    },
    products: {
      create: (input) => createProduct(world, input),
      update: (id, input) => patch(world, 'products', 'product.updated', id, input),
      remove: (id) => remove(world, 'products', 'product.deleted', id),
    },
    prices: {
      create: (input) => createPrice(world, input),
      update: (id, input) => patch(world, 'prices', 'price.updated', id, input),
    },
    subscriptions,
    invoices: {
      create: (input) => createInvoice(world, input),
      update: (id, input) => updateInvoice(world, id, input),
    },
    sessions: { create: (input) => createSession(world, input) },
    pricingPlans: { create: (input) => createPricingPlan(world, input) },
    trialOffers: { create: (input) => createTrialOffer(world, input) },
    schedules: { create: (input) => createSchedule(world, input) },
    entitlements: { create: (input) => setEntitlements(world, input) },
    testClocks: {
      create: (input) => setClock(world, null, input),
      update: (id, input) => setClock(world, id, input),
    },
    ...createDestinationChanges(world),
  };
}

function createCustomer(world: World, input: CreateInputs['customers']): Changed<Customer> {
  const { account } = world;
  if (input.id !== undefined && account.customers.get(input.id) !== undefined) {
    throw new ChangeRefused(`There already is a customer ${input.id}.`);
  }
  const entity = account.customers.put({
    ...born(world, 'customer', 'cus', input),
    ...(input.account === undefined ? {} : { customer_account: input.account }),
    test_clock: input.test_clock ?? null,
    email: input.email ?? null,
    name: input.name ?? null,
    delinquent: false,
    metadata: mergeMetadata({}, input.metadata),
  });
  if (input.account !== undefined)
    account.accounts.set(entity.id, { id: input.account, alone: input.named === 'account' });
  const made = { entity, happenings: [{ type: 'customer.created', object: rendered(account, entity) }] };
  return ofAccount(world, entity.id, 'created', made);
}

/** What happens to a customer that is an account of Accounts v2 happens to the account: there are no others' events. */
function ofAccount<T extends Changed>(
  { account }: World,
  customerId: string,
  what: 'created' | 'updated' | 'closed',
  changed: T,
): T {
  const known = account.accounts.get(customerId);
  if (known === undefined) return changed;
  const object = { id: known.id, object: 'v2.core.account' };
  const types = [`v2.core.account.${what}`];
  if (what === 'created') types.push('v2.core.account[configuration.customer].updated');
  return { ...changed, happenings: types.map((type) => ({ type, object })) };
}

/** What somebody has of Stripe's pricing plans: no subscription of API v1. */
function createPricingPlan(world: World, { customer, ...input }: CreateInputs['pricingPlans']): Changed {
  const { account } = world;
  if (account.customers.get(customer) === undefined)
    throw new ChangeRefused(`There is no customer ${customer}.`);
  const cadence = account.cadences.put({
    ...born(world, 'v2.billing.cadence', 'bc', {}),
    payer: { type: 'customer', customer },
  });
  const object = 'v2.billing.pricing_plan_subscription';
  const entity = account.pricingPlans.put({
    ...born(world, object, 'bpps', input),
    billing_cadence: cadence.id,
    servicing_status: 'active',
  });
  return { entity, happenings: [{ type: `${object}.servicing_activated`, object: { ...entity } }] };
}

function createTrialOffer(world: World, { price, becomes, ...input }: CreateInputs['trialOffers']): Changed {
  const { account } = world;
  for (const id of [price, becomes])
    if (account.prices.get(id) === undefined) throw new ChangeRefused(`There is no price ${id}.`);
  const entity = account.trialOffers.put({
    ...born(world, 'product_catalog.trial_offer', 'to', input),
    active: true,
    price,
    end_behavior: { type: 'transition', transition: { price: becomes } },
  });
  return { entity, happenings: [] };
}

/** What a phase does when it begins is for the test to do. */
function createSchedule(
  world: World,
  { subscription: of, phases, ...input }: CreateInputs['schedules'],
): Changed {
  const { schedules, subscriptions } = world.account;
  const subscription = subscriptions.get(of);
  if (subscription === undefined) throw new ChangeRefused(`There is no subscription ${of}.`);
  const head = born(world, 'subscription_schedule', 'sub_sched', input);
  const { customer } = subscription;
  subscriptions.put({ ...subscription, schedule: head.id });
  return {
    entity: schedules.put({ ...head, customer, subscription: of, status: 'active', phases }),
    happenings: [],
  };
}

/** Customers on it live by what it shows; what Stripe does to them meanwhile is for the test to do. */
function setClock(
  world: World,
  id: string | null,
  { frozen_time, ...input }: CreateInputs['testClocks'],
): Changed {
  const { testClocks } = world.account;
  const before = id === null ? born(world, 'test_helpers.test_clock', 'clock', input) : testClocks.get(id);
  if (before === undefined) throw new ChangeRefused(`There is no test clock ${id}.`);
  return { entity: testClocks.put({ ...before, status: 'ready', frozen_time }), happenings: [] };
}

function createProduct(world: World, input: CreateInputs['products']): Changed<Product> {
  const entity = world.account.products.put({
    ...born(world, 'product', 'prod', input),
    name: input.name ?? 'Product',
    active: input.active ?? true,
    default_price: null,
    type: 'service',
    metadata: mergeMetadata({}, input.metadata),
  });
  return { entity, happenings: [{ type: 'product.created', object: rendered(world.account, entity) }] };
}

function createPrice(world: World, input: CreateInputs['prices']): Changed<Price> {
  const { account } = world;
  if (account.products.get(input.product) === undefined) {
    throw new ChangeRefused(`There is no product ${input.product}.`);
  }
  const moved = takeLookupKey(world, input);
  const { usage_type = 'licensed', recurring = true } = input;
  const entity = account.prices.put({
    ...born(world, 'price', 'price', input),
    product: input.product,
    active: input.active ?? true,
    billing_scheme: 'per_unit',
    currency: 'usd',
    unit_amount: input.unit_amount ?? 1000,
    lookup_key: input.lookup_key ?? null,
    type: recurring ? 'recurring' : 'one_time',
    recurring: recurring ? { interval: 'month', interval_count: 1, meter: null, usage_type } : null,
    metadata: mergeMetadata({}, input.metadata),
  });
  return { entity, happenings: [...moved, { type: 'price.created', object: rendered(account, entity) }] };
}

/** A lookup key is one price's at a time: a second one is refused unless it is to be taken over. */
function takeLookupKey(world: World, input: CreateInputs['prices']): readonly Happening[] {
  const key = input.lookup_key ?? null;
  const holder =
    key === null ? undefined : world.account.prices.all().find(({ lookup_key }) => lookup_key === key);
  if (holder === undefined) return [];
  if (input.transfer_lookup_key !== true) {
    throw new ChangeRefused(`The lookup key ${key} is that of ${holder.id}; ask for transfer_lookup_key.`);
  }
  return patch(world, 'prices', 'price.updated', holder.id, { lookup_key: null }).happenings;
}
