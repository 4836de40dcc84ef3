import type { Matcher, PlanFile } from './plan-file.ts';
import type { ReadingNeeds } from '../subscription.ts';
import { namesIn } from './template.ts';

/** What must be read of Stripe for this plan file, beyond customer, subscriptions, prices and products. */
export function readingNeeds(planFile: PlanFile): ReadingNeeds {
  return {
    graceStatuses: Object.entries(planFile.access)
      .filter(([, access]) => typeof access === 'object' && 'grace' in access)
      .map(([status]) => status),
    clientReferenceId: variablesOf(planFile).has('checkout.clientReferenceId'),
    entitlements: matchersOf(planFile).some(({ entitlement }) => entitlement !== null),
  };
}

/** Whether a changed price (lookup key, metadata) or product (metadata) can change a decision. */
export interface CatalogConcern {
  readonly price: boolean;
  readonly product: boolean;
}

/** Ids do not change in Stripe, so a plan file that names only ids has no concern for the catalogue. */
export function catalogConcern(planFile: PlanFile): CatalogConcern {
  const used = [...variablesOf(planFile)];
  const matchers = matchersOf(planFile);
  return {
    price:
      matchers.some(({ lookupKey }) => lookupKey !== null) ||
      used.some((name) => name === 'price.lookupKey' || name.startsWith('price.metadata.')),
    product:
      matchers.some(({ productMetadata }) => productMetadata !== null) ||
      used.some((name) => name.startsWith('product.metadata.')),
  };
}

export function matchersOf({ plans, addons }: PlanFile): readonly Matcher[] {
  return [...Object.values(plans), ...Object.values(addons)].flatMap(({ match }) => match);
}

function variablesOf(planFile: PlanFile): ReadonlySet<string> {
  const names = new Set(planFile.identity.externalId.flatMap((text) => namesIn(text)));
  const collect = (value: unknown): void => {
    if (typeof value === 'string') for (const name of namesIn(value)) names.add(name);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(collect);
  };
  for (const plan of Object.values(planFile.plans)) collect(plan.meta);
  return names;
}
