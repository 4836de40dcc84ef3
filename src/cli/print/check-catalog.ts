import { pricesNotRead } from '../../domain/catalogue.ts';
import { matchedBy } from '../../domain/plan-file/match.ts';
import {
  nameOfPrice,
  type CatalogMatch,
  type CatalogPrice,
  type TrialPrice,
} from '../../domain/plan-file/match-catalog.ts';
import type { PlanFile } from '../../domain/plan-file/parse.ts';

/** The plan file beside what Stripe sells, and sold. */
export interface Catalog extends CatalogMatch {
  /** Prices of trial offers that go by the price which they turn into. */
  readonly trials: readonly (TrialPrice & { readonly owners: readonly string[] })[];
  /** Archived prices that nothing matches and customers still have. */
  readonly archived: readonly CatalogPrice[];
  /** How many archived prices Stripe was not asked about. */
  readonly archivedNotAsked: number;
  /** Accounts whose prices were not read. */
  readonly notRead: readonly string[];
}

/** Of the prices that nothing matches: those of trial offers whose later price something does. */
export function trialsOf(
  planFile: PlanFile,
  { unmatched }: CatalogMatch,
  prices: readonly CatalogPrice[],
  offers: readonly TrialPrice[],
): Catalog['trials'] {
  return offers.flatMap((offer) => {
    const is = (id: string) => (price: CatalogPrice) =>
      price.price.id === id && price.account === offer.account;
    const becomes = prices.find(is(offer.becomes));
    if (becomes === undefined || !unmatched.some(is(offer.price))) return [];
    const { plans, addons } = matchedBy(planFile, becomes, offer.account ?? null);
    const owners = [...plans.map((name) => `plan ${name}`), ...addons.map((name) => `add-on ${name}`)];
    return owners.length === 0 ? [] : [{ ...offer, owners }];
  });
}

/** A match that fits no active price is no failure: it may be there for customers of an archived one. */
export function catalogFailures(planFile: PlanFile, { unmatched, ambiguous, archived }: Catalog): number {
  return ambiguous.length + (planFile.unmapped === 'fail' ? unmatched.length + archived.length : 0);
}

export function catalogLines(
  planFile: PlanFile,
  { unmatched, ambiguous, dead, trials, archived, archivedNotAsked, notRead }: Catalog,
): readonly string[] {
  const word = planFile.unmapped === 'fail' ? 'problem' : 'warning';
  return [
    ...ambiguous.map(
      ({ price, owners }) =>
        `problem: ${nameOfPrice(price)} is matched by ${owners.join(' and ')}; keep it in one.`,
    ),
    ...unmatched.map(
      (price) => `${word}: ${nameOfPrice(price)} is matched by no plan and no add-on; add it to a match.`,
    ),
    ...trials.map(
      ({ account, price, becomes, owners }) =>
        `trial offer: price ${price}${account === undefined ? '' : ` (account ${account})`} turns into ${becomes}, which is of ${owners.join(' and ')}.`,
    ),
    ...archived.map(
      (price) =>
        `${word}: ${nameOfPrice(price, 'archived')} is matched by no plan and no add-on, and customers still have it; add it to a match.`,
    ),
    ...(archivedNotAsked === 0
      ? []
      : [`warning: there are ${archivedNotAsked} more archived prices, which were not looked at.`]),
    ...(notRead.length === 0 ? [] : [`warning: ${pricesNotRead(notRead)}`]),
    ...dead.map(
      ({ entry, names }) =>
        `warning: ${entry}: no active price fits ${names}; remove it unless customers still have an archived one.`,
    ),
  ];
}
