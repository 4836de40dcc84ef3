import { own } from '../own.ts';
import type { Price, Product } from '../subscription.ts';
import type { Matcher, PlanFile } from './plan-file.ts';

/** What matchers look at: a subscription item has both, a price of the catalogue too. */
export interface Priced {
  readonly price: Pick<Price, 'id' | 'lookupKey'>;
  readonly product: Product;
}

/** The plans and add-ons that match a price, in the plan file's order. */
export function matchedBy(
  planFile: PlanFile,
  item: Priced,
): { readonly plans: readonly string[]; readonly addons: readonly string[] } {
  return { plans: namesOf(planFile.plans, item), addons: namesOf(planFile.addons, item) };
}

/** All of a matcher's keys hold, and of each list one value. */
export function matches(matcher: Matcher, item: Priced): boolean {
  return (
    holds(matcher.price, item.price.id) &&
    holds(matcher.lookupKey, item.price.lookupKey) &&
    holds(matcher.product, item.product.id) &&
    Object.entries(matcher.productMetadata ?? {}).every(
      ([key, value]) => own(item.product.metadata, key) === value,
    )
  );
}

function namesOf(
  owners: Readonly<Record<string, { readonly match: readonly Matcher[] }>>,
  item: Priced,
): readonly string[] {
  return Object.entries(owners)
    .filter(([, { match }]) => match.some((matcher) => matches(matcher, item)))
    .map(([name]) => name);
}

function holds(values: readonly string[] | null, actual: string | null): boolean {
  return values === null || (actual !== null && values.includes(actual));
}
