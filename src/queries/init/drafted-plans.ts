import type { ListedPrice } from '../../domain/catalogue.ts';

/** A plan as it can be guessed from what is sold. */
export interface DraftedPlan {
  readonly name: string;
  readonly rank: number;
  readonly title: string;
  readonly prices: readonly ListedPrice[];
}

/**
 * A product is a plan, with its prices for a month and a year; the dearer one is the better. What costs nothing, or
 * else a plan of its own, is for those who pay for none.
 */
export function draftPlans(prices: readonly ListedPrice[]): readonly [DraftedPlan, ...DraftedPlan[]] {
  const products = new Map<string, ListedPrice[]>();
  for (const price of prices) {
    const key = productKey(price, prices);
    products.set(key, [...(products.get(key) ?? []), price]);
  }
  const sold = [...products.values()].toSorted((a, b) => monthly(a) - monthly(b));
  const [cheapest = []] = sold;
  const hasFree = cheapest.length > 0 && monthly(cheapest) === 0;
  const taken = new Set<string>(hasFree ? [] : ['free']);
  const plans = sold.map((own, index) => {
    const { id, name: title } = own[0]?.product ?? { id: 'plan', name: 'plan' };
    return { name: nameOf(title, id, taken), rank: (index + (hasFree ? 0 : 1)) * 10, title, prices: own };
  });
  const [first, ...others] = plans;
  if (hasFree && first !== undefined) return [first, ...others];
  return [{ name: 'free', rank: 0, title: 'Nobody pays for this one', prices: [] }, ...plans];
}

/** Accounts that sell a product of the same name each mean the same plan. */
function productKey({ account, product }: ListedPrice, prices: readonly ListedPrice[]): string {
  const isElsewhere = prices.some(
    (other) => other.account !== account && other.product.name === product.name,
  );
  return isElsewhere ? `named ${product.name}` : `${account ?? ''}/${product.id}`;
}

const perMonth: Readonly<Record<string, number>> = { day: 30, week: 4.3, month: 1, year: 1 / 12 };

/** What the dearest price of a product costs in a month; one without an amount counts as dear. */
function monthly(prices: readonly ListedPrice[]): number {
  return Math.max(
    ...prices.map(({ amount, interval, intervalCount }) =>
      amount === null ? Number.MAX_SAFE_INTEGER : (amount * (perMonth[interval] ?? 1)) / intervalCount,
    ),
  );
}

function nameOf(title: string, id: string, taken: Set<string>): string {
  const slug = title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .slice(0, 40);
  const wanted = slug === '' ? id : slug;
  let name = wanted;
  for (let number = 2; taken.has(name); number += 1) name = `${wanted}_${number}`;
  taken.add(name);
  return name;
}
