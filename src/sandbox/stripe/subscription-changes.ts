import { rendered, type Item, type Subscription } from './account.ts';
import type { CreateInputs, UpdateInputs } from './inputs.ts';
import {
  born,
  ChangeRefused,
  mergeMetadata,
  previousOf,
  type Changed,
  type Happening,
  type World,
} from './world.ts';

type ItemInput = CreateInputs['subscriptions']['items'][number];

const month = 30 * 24 * 3600;

export function createSubscriptionChanges(world: World) {
  const { account } = world;
  const tell = (type: string, entity: Subscription): Happening => ({
    type,
    object: rendered(account, entity),
  });
  const existing = (id: string): Subscription => {
    const found = account.subscriptions.get(id);
    if (found === undefined) throw new ChangeRefused(`There is no subscription ${id}.`);
    if (found.status === 'canceled') throw new ChangeRefused(`The subscription ${id} is canceled for good.`);
    return found;
  };
  return {
    create: (input: CreateInputs['subscriptions']): Changed<Subscription> => {
      const customer = account.customers.get(input.customer);
      if (customer === undefined || customer.deleted === true) {
        throw new ChangeRefused(`There is no customer ${input.customer}.`);
      }
      const head = born(world, 'subscription', 'sub', input);
      const entity = account.subscriptions.put(newSubscription(world, head, input));
      return { entity, happenings: [tell('customer.subscription.created', entity)] };
    },
    update: (id: string, input: UpdateInputs['subscriptions']): Changed<Subscription> => {
      const before = existing(id);
      if (input.status === 'canceled') throw new ChangeRefused('A subscription is canceled by removing it.');
      const entity = account.subscriptions.put(patched(world, before, input));
      const updated = tell('customer.subscription.updated', entity);
      const previous = previousOf(rendered(account, before), updated.object);
      const happenings: Happening[] = [{ ...updated, previous }];
      if (before.status !== 'paused' && entity.status === 'paused') {
        happenings.push(tell('customer.subscription.paused', entity));
      }
      if (before.status === 'paused' && entity.status !== 'paused') {
        happenings.push(tell('customer.subscription.resumed', entity));
      }
      return { entity, happenings };
    },
    remove: (id: string): Changed<Subscription> => {
      const at = world.now();
      const ended = { status: 'canceled', canceled_at: at, ended_at: at };
      const entity = account.subscriptions.put({ ...existing(id), ...ended });
      return { entity, happenings: [tell('customer.subscription.deleted', entity)] };
    },
  };
}

function newSubscription(
  world: World,
  head: ReturnType<typeof born>,
  input: CreateInputs['subscriptions'],
): Subscription {
  const { status = 'active', current_period_start: start = head.created } = input;
  const period = { start, end: input.current_period_end ?? start + month };
  return {
    ...head,
    customer: input.customer,
    status,
    start_date: head.created,
    billing_cycle_anchor: head.created,
    billing_mode: { type: 'flexible' },
    collection_method: input.collection_method ?? 'charge_automatically',
    currency: 'usd',
    cancel_at: input.cancel_at ?? null,
    cancel_at_period_end: input.cancel_at_period_end ?? false,
    canceled_at: status === 'canceled' ? head.created : null,
    ended_at: status === 'canceled' ? head.created : null,
    trial_end: input.trial_end ?? null,
    pause_collection: input.pause_collection ?? null,
    ...(input.status_details === undefined ? {} : { status_details: input.status_details }),
    pending_update: input.pending_update ?? null,
    latest_invoice: null,
    default_payment_method: null,
    discounts: [],
    schedule: null,
    test_clock: world.account.customers.get(input.customer)?.['test_clock'] ?? null,
    metadata: mergeMetadata({}, input.metadata),
    items: input.items.map((item) => newItem(world, head.id, item, period)),
  };
}

function newItem(
  world: World,
  subscription: string,
  { id = world.newId('si'), price, quantity = 1, current_trial }: ItemInput,
  period: { readonly start: number; readonly end: number },
): Item {
  if (world.account.prices.get(price) === undefined) throw new ChangeRefused(`There is no price ${price}.`);
  return {
    id,
    object: 'subscription_item',
    created: world.now(),
    subscription,
    price,
    // Metered items come without the field, not with a null in it.
    ...(quantity === null ? {} : { quantity }),
    current_period_start: period.start,
    current_period_end: period.end,
    discounts: [],
    current_trial: current_trial ?? null,
    metadata: {},
  };
}

function patched(world: World, before: Subscription, input: UpdateInputs['subscriptions']): Subscription {
  const { items, quantity, metadata, current_period_start, current_period_end, ...fields } = input;
  const first = before.items[0];
  const period = {
    start: current_period_start ?? Number(first?.['current_period_start'] ?? before.created),
    end: current_period_end ?? Number(first?.['current_period_end'] ?? before.created + month),
  };
  if (quantity !== undefined && before.items.length !== 1) {
    throw new ChangeRefused('A quantity can only be set on a subscription with one item; send its items.');
  }
  const renewed = { current_period_start: period.start, current_period_end: period.end };
  const kept = before.items.map((item) => ({
    ...item,
    ...renewed,
    ...(quantity === undefined ? {} : { quantity }),
  }));
  return {
    ...before,
    ...fields,
    status: input.status ?? before.status,
    metadata: mergeMetadata(before.metadata, metadata),
    items: items === undefined ? kept : items.map((item) => newItem(world, before.id, item, period)),
  };
}
