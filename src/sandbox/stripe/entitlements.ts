import type { Account } from './account.ts';
import type { CreateInputs } from './inputs.ts';
import type { Query } from './query.ts';
import { invalid, missing } from './refusals.ts';
import type { Entity } from './table.ts';
import { born, ChangeRefused, type Changed, type World } from './world.ts';

/** An event of them has no more, and says that there are. */
const mostInEvent = 10;

/** Says anew which features a customer is entitled to, all at once. */
export function setEntitlements(world: World, input: CreateInputs['entitlements']): Changed {
  const { account, livemode } = world;
  const { customer, lookup_keys: keys } = input;
  if (account.customers.get(customer) === undefined)
    throw new ChangeRefused(`There is no customer ${customer}.`);
  account.entitlements.set(
    customer,
    keys.map((key) => ({
      ...born(world, 'entitlements.active_entitlement', 'ent', {}),
      feature: `feat_${key}`,
      lookup_key: key,
    })),
  );
  const active = entitlementsOf(account, customer);
  const object = 'entitlements.active_entitlement_summary';
  const summary = {
    object,
    customer,
    entitlements: {
      object: 'list',
      data: active.slice(0, mostInEvent),
      has_more: active.length > mostInEvent,
      url: `/v1/customer/${customer}/entitlements`,
    },
    livemode,
  };
  const entity = { ...born(world, object, 'sum', {}), customer };
  return { entity, happenings: [{ type: `${object}.updated`, object: summary }] };
}

export function listEntitlements(account: Account, query: Query): readonly Entity[] {
  const customer = query.text('customer');
  if (customer === undefined)
    throw invalid('Missing required param: customer.', { code: 'parameter_missing', param: 'customer' });
  if (account.customers.get(customer) === undefined) throw missing(400, 'customer', customer, 'customer');
  return entitlementsOf(account, customer);
}

function entitlementsOf(account: Account, customer: string): readonly Entity[] {
  return account.entitlements.get(customer) ?? [];
}
