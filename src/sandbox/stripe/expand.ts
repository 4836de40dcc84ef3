import { rendered, type Account } from './account.ts';
import { invalid } from './refusals.ts';

/** Which fields hold a reference, or an object that one can go through. */
const expandable = {
  subscription: { customer: 'customer', latest_invoice: 'invoice', items: 'list:subscription_item' },
  subscription_item: { price: 'price' },
  price: { product: 'product' },
  product: { default_price: 'price' },
  invoice: { customer: 'customer' },
  'checkout.session': { customer: 'customer', subscription: 'subscription' },
  'product_catalog.trial_offer': { price: 'price', end_behavior: 'trial_offer.end_behavior' },
  'trial_offer.end_behavior': { transition: 'trial_offer.transition' },
  'trial_offer.transition': { price: 'price' },
  customer: {},
  event: {},
} as const satisfies Record<string, Readonly<Record<string, string>>>;

const maxLevels = 4;

/**
 * Puts objects in the place of their ids, as `expand` asks. On a list every path begins with `data`, and that counts
 * as one of the four levels: the trap into which `data.items.data.price.product` falls. Paths are checked even where
 * there is nothing to expand.
 */
export function expand(
  account: Account,
  root: Record<string, unknown>,
  kind: string,
  paths: readonly string[],
): Record<string, unknown> {
  return paths.reduce((value, path) => {
    const levels = path.split('.');
    if (levels.length > maxLevels) {
      throw invalid(`You cannot expand more than ${maxLevels} levels of a property. Property: ${path}`, {
        code: 'property_expansion_max_depth',
      });
    }
    return walk(account, value, kind, levels, path) as Record<string, unknown>;
  }, root);
}

function walk(
  account: Account,
  value: unknown,
  kind: string,
  levels: readonly string[],
  path: string,
): unknown {
  const [field, ...rest] = levels;
  if (field === undefined) return value;
  const next = nextKind(kind, field);
  if (next === null) throw invalid(`This property cannot be expanded (${path}).`, { param: 'expand' });
  if (kind.startsWith('list:')) {
    const list = value as { readonly data: readonly unknown[] } | null;
    if (list === null || list.data.length === 0) return keep(account, value, next, rest, path);
    return { ...list, data: list.data.map((each) => walk(account, each, next, rest, path)) };
  }
  if (value === null || typeof value !== 'object') return keep(account, value, next, rest, path);
  const object = value as Record<string, unknown>;
  const target = typeof object[field] === 'string' ? resolve(account, next, object[field]) : object[field];
  return { ...object, [field]: walk(account, target ?? null, next, rest, path) };
}

/** Nothing is here to expand: the rest of the path is checked, and the value stays. */
function keep(
  account: Account,
  value: unknown,
  next: string,
  rest: readonly string[],
  path: string,
): unknown {
  walk(account, null, next, rest, path);
  return value;
}

function nextKind(kind: string, field: string): string | null {
  if (kind.startsWith('list:')) return field === 'data' ? kind.slice(5) : null;
  const fields: Readonly<Record<string, string>> = Object.hasOwn(expandable, kind)
    ? expandable[kind as keyof typeof expandable]
    : {};
  return Object.hasOwn(fields, field) ? (fields[field] ?? null) : null;
}

function resolve(account: Account, kind: string, id: string): unknown {
  const tables = {
    customer: account.customers,
    invoice: account.invoices,
    price: account.prices,
    product: account.products,
    subscription: account.subscriptions,
  };
  const entity = tables[kind as keyof typeof tables]?.get(id);
  return entity === undefined ? id : rendered(account, entity);
}
