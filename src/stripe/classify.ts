import { inAccount, noAccounts, serves, type ServedAccounts } from '../domain/accounts.ts';
import type { AskedObject, Concern } from '../domain/work.ts';
import { routeOf, type Route } from './event-types.ts';

/** What Planwire takes from an event: ids and switches, nothing of the payload. */
export interface Classified {
  /** Empty when the value is no event at all. */
  readonly eventId: string;
  /** Stripe's type without a leading `v1.`, which thin events have. */
  readonly type: string;
  /** Anything but `true` counts as test mode. */
  readonly livemode: boolean;
  /** The account that the event says it comes from; null: it says none, and comes from the one whose key we hold. */
  readonly account: string | null;
  /** A thin event, which names the object and holds nothing of it. */
  readonly thin: boolean;
  readonly concern: Concern;
}

export type Mode = 'live' | 'test';

type Json = Readonly<Record<string, unknown>>;

/**
 * From any event, snapshot of any API version since 2012 or thin, to what it asks of us. Never throws, whatever the
 * value is: it may come from a person (`preview`) as well as from Stripe. The ids of a connected account that is served
 * come with the account's.
 */
export function classify(value: unknown, accounts: ServedAccounts = noAccounts): Classified {
  const event = objectOf(value);
  const named = event === null ? null : typeOf(event['type']);
  const type = (named ?? '').replace(/^v1\./, '');
  const account = event === null ? null : accountOf(event);
  const concern =
    event === null || type === '' ? none('the value is not a Stripe event') : concernOf(event, type);
  return {
    eventId: event === null ? '' : (idOf(event['id']) ?? ''),
    type,
    livemode: event?.['livemode'] === true,
    account,
    thin: event?.['object'] === 'v2.core.event',
    concern: account !== null && serves(accounts, account) ? concernIn(account, concern) : concern,
  };
}

/**
 * Why a verified event needs no work in an installation of this mode; null when it does. Fit to be answered to Stripe.
 * Without an own account, with the key of an organisation, whose event it is has to stand in it.
 */
export function reasonToIgnore(
  event: Pick<Classified, 'account' | 'livemode' | 'concern'>,
  mode: Mode,
  accounts: ServedAccounts = noAccounts,
  hasOwnAccount = true,
): string | null {
  if (event.account === null && !hasOwnAccount)
    return 'it names no account, and the Stripe key is of an organisation: only a destination of the organisation names them';
  if (event.account !== null && !serves(accounts, event.account))
    return `it belongs to the connected account ${event.account}`;
  const eventMode: Mode = event.livemode ? 'live' : 'test';
  if (eventMode !== mode) return `it is a ${eventMode} mode event and the Stripe key is of ${mode} mode`;
  return event.concern.kind === 'none' ? event.concern.reason : null;
}

function concernIn(account: string, concern: Concern): Concern {
  switch (concern.kind) {
    case 'customer':
      return { ...concern, customerId: inAccount(account, concern.customerId) };
    case 'ask':
    case 'catalog':
      return { ...concern, id: inAccount(account, concern.id) };
    case 'none':
      return concern;
  }
}

function concernOf(event: Json, type: string): Concern {
  const route = routeOf(type);
  if (route.kind === 'none') return none(route.why);
  return event['object'] === 'v2.core.event'
    ? fromThin(objectOf(event['related_object']), type, route)
    : fromSnapshot(objectOf(objectOf(event['data'])?.['object']), type, route);
}

type Wanted = Exclude<Route, { kind: 'none' }>;

/** A thin event names the object alone, and not its customer. */
function fromThin(related: Json | null, type: string, route: Wanted): Concern {
  const id = route.kind === 'catalog' ? catalogIdOf(related?.['id']) : idOf(related?.['id']);
  if (route.kind === 'named') return none(`a thin ${type} event names no customer`);
  if (id === null) return none(`the ${type} event has no usable related_object id`);
  if (route.kind === 'catalog') return { kind: 'catalog', object: route.object, id };
  if (route.kind === 'customer') return { kind: 'customer', customerId: id };
  return { kind: 'ask', object: route.object, id };
}

function fromSnapshot(object: Json | null, type: string, route: Wanted): Concern {
  if (object === null) return none(`the ${type} event has no object`);
  if (route.kind === 'catalog') {
    const id = catalogIdOf(object['id']);
    return id === null
      ? none(`the ${type} event has no usable id`)
      : { kind: 'catalog', object: route.object, id };
  }
  const customerId = route.kind === 'customer' ? idOf(object['id']) : refOf(object['customer']);
  if (customerId !== null) return { kind: 'customer', customerId };
  if (route.kind === 'customer') return none(`the ${type} event has no customer`);
  const others = route.kind === 'named' ? null : throughOthers(object, route.object);
  return others ?? none(`the ${type} event names nothing that leads to a customer`);
}

/**
 * With Accounts v2 an object may name a `customer_account` and no customer, or its subscription alone, which moved below
 * `parent` in API version 2025-03-31; what names none of them, Stripe is asked for. null: it has no id either.
 */
function throughOthers(object: Json, kind: AskedObject): Concern | null {
  const parent = objectOf(objectOf(object['parent'])?.['subscription_details']);
  const subscription = parent?.['subscription'] ?? object['subscription'];
  const customerId = refOf(objectOf(subscription)?.['customer']);
  if (customerId !== null) return { kind: 'customer', customerId };
  const asked: readonly (readonly [AskedObject, string | null])[] = [
    ['subscription', refOf(subscription)],
    [kind, kind === 'subscription' ? idOf(object['id']) : null],
    ['account', refOf(object['customer_account'])],
    [kind, idOf(object['id'])],
  ];
  for (const [of, id] of asked) if (id !== null) return { kind: 'ask', object: of, id };
  return null;
}

/**
 * `account` on snapshots, `user_id` on those before 2017-05-25, `context` on thin events: there it can be the way to the
 * account, whose last part is the account itself.
 */
function accountOf(event: Json): string | null {
  for (const field of ['account', 'user_id', 'context']) {
    const value = event[field];
    // An account we cannot read is still not ours.
    if (value !== undefined && value !== null && value !== '') return lastOf(value) ?? 'unknown';
  }
  return null;
}

function lastOf(path: unknown): string | null {
  return typeof path === 'string' ? idOf(path.split('/').at(-1)) : null;
}

/** A reference is an id or the expanded object. */
function refOf(value: unknown): string | null {
  return idOf(value) ?? idOf(objectOf(value)?.['id']);
}

function idOf(value: unknown): string | null {
  return typeof value === 'string' && /^[A-Za-z0-9_]{1,255}$/.test(value) ? value : null;
}

/** Ids of products, and of prices that were once plans, can be chosen freely by the merchant. */
function catalogIdOf(value: unknown): string | null {
  return typeof value === 'string' && /^[\x20-\x7e]{1,255}$/.test(value) ? value : null;
}

/** Types go into logs and outcomes: what is not printable in one word does not. */
function typeOf(value: unknown): string | null {
  return typeof value === 'string' && value !== ''
    ? value.slice(0, 255).replaceAll(/[^\x21-\x7e]/g, '?')
    : null;
}

function objectOf(value: unknown): Json | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
}

function none(reason: string): Concern {
  return { kind: 'none', reason };
}
