import { ownAccount } from '../accounts.ts';
import { matchedBy, matches } from './match.ts';
import type { Matcher, PlanFile } from './plan-file.ts';
import type { Price, Product } from '../subscription.ts';

/** An active price of a Stripe account. */
export interface CatalogPrice {
  /** Absent: of the own one. */
  readonly account?: string;
  readonly price: Price;
  readonly product: Product;
  /** Only these can be in a subscription. */
  readonly recurring: boolean;
}

/** What all accounts that are served sell. Accounts as plan files call them: `own`, `acct_…`. */
export interface Catalogue extends CatalogueAccounts {
  readonly prices: readonly CatalogPrice[];
}

export interface CatalogueAccounts {
  readonly read: readonly string[];
  /** Too many, or the key may not. */
  readonly notRead: readonly string[];
}

/** The price of a trial offer, and what it turns into. */
export interface TrialPrice {
  readonly account?: string;
  readonly price: string;
  readonly becomes: string;
}

/** How a plan file and the prices of accounts fit together. */
export interface CatalogMatch {
  /** Recurring prices that nothing matches. */
  readonly unmatched: readonly CatalogPrice[];
  /** Prices that two plans, or a plan and an add-on, match: their customers would fail. */
  readonly ambiguous: readonly { readonly price: CatalogPrice; readonly owners: readonly string[] }[];
  /** Values in match entries that fit no active price. */
  readonly dead: readonly DeadMatch[];
}

interface DeadMatch {
  /** For example `plans.team.match[0]`. */
  readonly entry: string;
  /** For example `lookupKey team_monthly`. */
  readonly names: string;
}

/** Compares match entries with the active prices; archived prices, which old customers may still have, are unknown. */
export function matchCatalog(
  planFile: PlanFile,
  prices: readonly CatalogPrice[],
  accounts: CatalogueAccounts = { read: [ownAccount], notRead: [] },
): CatalogMatch {
  const unmatched: CatalogPrice[] = [];
  const ambiguous: { price: CatalogPrice; owners: readonly string[] }[] = [];
  for (const price of prices) {
    const { plans, addons } = matchedBy(planFile, price, price.account ?? null);
    const owners = [...plans.map((name) => `plan ${name}`), ...addons.map((name) => `add-on ${name}`)];
    if (plans.length > 1 || (plans.length === 1 && addons.length > 0)) ambiguous.push({ price, owners });
    if (owners.length === 0 && price.recurring) unmatched.push(price);
  }
  return { unmatched, ambiguous, dead: deadMatches(planFile, prices, accounts) };
}

/** As sentences call it. */
export function nameOfPrice(
  { account, price, product }: CatalogPrice,
  kind: 'active' | 'archived' = 'active',
): string {
  const lookupKey = price.lookupKey === null ? '' : `, lookup key ${price.lookupKey}`;
  const where = account === undefined ? '' : `account ${account}, `;
  return `${kind} price ${price.id} (${where}product ${product.id}${lookupKey})`;
}

function deadMatches(
  planFile: PlanFile,
  prices: readonly CatalogPrice[],
  { read, notRead }: CatalogueAccounts,
): readonly DeadMatch[] {
  // What an account sells that was not read, nobody can tell.
  const isKnown = ({ account }: Matcher): boolean =>
    account === null ? notRead.length === 0 : account.every((one) => read.includes(one));
  const owners: readonly (readonly [string, { readonly match: readonly Matcher[] }])[] = [
    ...Object.entries(planFile.plans).map(([name, plan]) => [`plans.${name}`, plan] as const),
    ...Object.entries(planFile.addons).map(([name, addon]) => [`addons.${name}`, addon] as const),
  ];
  return owners.flatMap(([owner, { match }]) =>
    match.flatMap((matcher, index) =>
      isKnown(matcher)
        ? deadValues(matcher, prices).map((names) => ({ entry: `${owner}.match[${index}]`, names }))
        : [],
    ),
  );
}

/** Each value of a list is tried alone, with the entry's other keys. */
function deadValues(matcher: Matcher, prices: readonly CatalogPrice[]): readonly string[] {
  const lists = (['price', 'lookupKey', 'product'] as const).filter((field) => matcher[field] !== null);
  const narrowed = lists.flatMap((field) =>
    (matcher[field] ?? []).map((value) => ({
      names: `${field} ${value}`,
      only: { ...matcher, [field]: [value] },
    })),
  );
  const metadata = Object.entries(matcher.productMetadata ?? {});
  const names = `productMetadata ${metadata.map(([key, value]) => `${key}: ${value}`).join(', ')}`;
  const tried = metadata.length > 0 ? [...narrowed, { names, only: matcher }] : narrowed;
  return tried
    .filter(({ only }) => !prices.some((price) => matches(only, price, price.account ?? null)))
    .map((attempt) => attempt.names);
}
