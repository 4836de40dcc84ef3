import { customerOfAccount, type Account, type Price, type Product, type Subscription } from './account.ts';
import type { Query } from './query.ts';
import { invalid, missing } from './refusals.ts';
import type { Entity, Table } from './table.ts';

/** Deleted ones are left out; an e-mail is compared letter by letter. */
export function listCustomers(account: Account, query: Query): readonly Entity[] {
  const email = query.text('email');
  return account.customers
    .all()
    .filter((customer) => customer.deleted !== true && (email === undefined || customer['email'] === email));
}

/** Their addresses are told to whoever asks for them alone. */
export function listDestinations(account: Account, query: Query): readonly Entity[] {
  if (query.many('include').includes('webhook_endpoint.url')) return account.eventDestinations.all();
  return account.eventDestinations.all().map((each) => ({ ...each, webhook_endpoint: {} }));
}

/** Without a status everything that is not canceled. */
export function listSubscriptions(account: Account, query: Query): readonly Entity[] {
  const accountId = query.text('customer_account');
  const customer =
    query.text('customer') ?? (accountId === undefined ? undefined : customerOfAccount(account, accountId));
  const price = query.text('price');
  if (customer !== undefined && account.customers.get(customer) === undefined) {
    throw missing(400, 'customer', customer, 'customer');
  }
  const status = query.text('status');
  const within = rangeOf(query);
  // Of those on a clock only their own list, or that of their customer, tells.
  const clock = query.text('test_clock') ?? (customer === undefined ? null : undefined);
  const all =
    customer === undefined
      ? withinRange(account.subscriptions.all(), query)
      : account.subscriptions.having('customer', customer);
  return all.filter(
    (each) =>
      hasStatus(each, status) &&
      (clock === undefined || (each['test_clock'] ?? null) === clock) &&
      within(each.created) &&
      (price === undefined || each.items.some((i) => i.price === price)),
  );
}

/** Of rows that come newest first: a hundred thousand are not looked at one by one for each page of a stretch. */
function withinRange<T extends Entity>(rows: readonly T[], query: Query): readonly T[] {
  const { gte = -Infinity, lt = Infinity } = query.range('created');
  const from = firstWhere(rows, ({ created }) => created < lt);
  return rows.slice(
    from,
    firstWhere(rows, ({ created }) => created < gte),
  );
}

/** Of rows of which the first do not fit and all others do. */
function firstWhere<T>(rows: readonly T[], fits: (row: T) => boolean): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = rows[middle];
    if (row === undefined || fits(row)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** `created` as Stripe's lists take it, in seconds. */
export function rangeOf(query: Query): (created: number) => boolean {
  const { gt = -1, gte = 0, lt = Infinity, lte = Infinity } = query.range('created');
  return (created) => created > gt && created >= gte && created < lt && created <= lte;
}

const statuses =
  'active canceled incomplete incomplete_expired past_due paused trialing unpaid all ended'.split(' ');

function hasStatus(subscription: Subscription, status: string | undefined): boolean {
  if (status === undefined) return subscription.status !== 'canceled';
  if (!statuses.includes(status)) throw invalid(`Invalid status: ${status}`, { param: 'status' });
  if (status === 'all') return true;
  const wanted = status === 'ended' ? ['canceled', 'incomplete_expired'] : [status];
  return wanted.includes(subscription.status);
}

/** Items of a subscription come in the order in which they were added. */
export function listItems(account: Account, query: Query): readonly Entity[] {
  const id = query.text('subscription');
  if (id === undefined) throw invalid('Missing required param: subscription.', { param: 'subscription' });
  const subscription = account.subscriptions.get(id);
  if (subscription === undefined) throw missing(400, 'subscription', id, 'subscription');
  return subscription.items;
}

/** Inactive products are listed, deleted ones are not; ids and cursors exclude each other. */
export function listProducts(account: Account, query: Query): readonly Product[] {
  const ids = query.many('ids');
  const cursor = query.text('starting_after') ?? query.text('ending_before');
  if (ids.length > 0 && cursor !== undefined) {
    throw invalid('You cannot combine ids with starting_after or ending_before.', { param: 'ids' });
  }
  const all = ids.length > 0 ? ids.flatMap((id) => account.products.get(id) ?? []) : account.products.all();
  return all.filter((product) => product.deleted !== true && isActive(product, query));
}

export function listPrices(account: Account, query: Query): readonly Price[] {
  const keys = query.many('lookup_keys');
  const product = query.text('product');
  const all = product === undefined ? account.prices.all() : account.prices.having('product', product);
  return all.filter(
    (price) => isActive(price, query) && (keys.length === 0 || keys.includes(price.lookup_key ?? '')),
  );
}

function isActive(object: { readonly active: boolean }, query: Query): boolean {
  const active = query.text('active');
  return active === undefined || String(object.active) === active;
}

/** The rows whose fields are what the query says; the first of `fields` that it names is looked up. */
export function narrowed(table: Table, query: Query, fields: readonly string[]): readonly Entity[] {
  const field = fields.find((name) => query.text(name) !== undefined);
  const rows = field === undefined ? table.all() : table.having(field, query.text(field) ?? '');
  const checks = ['status', 'customer', 'subscription'].flatMap((name) => {
    const value = query.text(name);
    return value === undefined ? [] : [(row: Entity) => row[name] === value];
  });
  return rows.filter((row) => checks.every((check) => check(row)));
}
