import { ownAccount } from '../accounts.ts';
import { own } from '../own.ts';
import type { Price, Product } from '../subscription.ts';
import type { Matcher, PlanFile } from './plan-file.ts';

/** What matchers look at: a subscription item has both, a price of the catalogue too. */
export interface Priced {
  readonly price: Pick<Price, 'id' | 'lookupKey'>;
  readonly product: Product;
}

/** The plans and add-ons that match a price of an account, null for our own, in the plan file's order. */
export function matchedBy(
  planFile: PlanFile,
  item: Priced,
  account: string | null,
): { readonly plans: readonly string[]; readonly addons: readonly string[] } {
  const fits = (matcher: Matcher): boolean => matches(matcher, item, account);
  return { plans: namesOf(planFile.plans, fits), addons: namesOf(planFile.addons, fits) };
}

/** The plans and add-ons that a feature of an account stands for, in the plan file's order. */
export function entitledBy(
  planFile: PlanFile,
  lookupKey: string,
  account: string | null,
): { readonly plans: readonly string[]; readonly addons: readonly string[] } {
  const fits = (matcher: Matcher): boolean =>
    holds(matcher.account, account ?? ownAccount) && (matcher.entitlement?.includes(lookupKey) ?? false);
  return { plans: namesOf(planFile.plans, fits), addons: namesOf(planFile.addons, fits) };
}

/** All of a matcher's keys hold, and of each list one value. */
export function matches(matcher: Matcher, item: Priced, account: string | null): boolean {
  return (
    matcher.entitlement === null &&
    holds(matcher.account, account ?? ownAccount) &&
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
  fits: (matcher: Matcher) => boolean,
): readonly string[] {
  return Object.entries(owners)
    .filter(([, { match }]) => match.some(fits))
    .map(([name]) => name);
}

function holds(values: readonly string[] | null, actual: string | null): boolean {
  return values === null || (actual !== null && values.includes(actual));
}
