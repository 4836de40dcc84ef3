import { inAccount } from '../domain/accounts.ts';
import { comparePlanFiles } from '../domain/plan-file/compare.ts';
import { matchCatalog, type Catalogue, type CatalogPrice } from '../domain/plan-file/match-catalog.ts';
import { matchedBy } from '../domain/plan-file/match.ts';
import type { PlanFile } from '../domain/plan-file/plan-file.ts';
import type { PlanFileCheck, PlanFileView, PricesView } from '../domain/plan-file/views.ts';
import type { StripeLookUps } from './ports.ts';

interface Loaded {
  readonly planFile: PlanFile;
  readonly hash: string;
  readonly warnings: readonly string[];
}

type Load = (
  text: string,
) => ({ readonly ok: true } & Loaded) | { readonly ok: false; readonly problems: readonly string[] };

/** The plan file that this process runs with. */
export function createPlanFileView(deps: {
  readonly plans: () => Loaded & { readonly text: string };
  readonly refused: () => readonly string[];
}): () => Promise<PlanFileView> {
  return () => {
    const { planFile, hash, text, warnings } = deps.plans();
    return Promise.resolve({ planFile, hash, text, warnings, refused: deps.refused() });
  };
}

/** Which plan or add-on each active price of Stripe leads to. */
export function createPrices(deps: {
  readonly plans: () => Loaded;
  readonly lookUps: Pick<StripeLookUps, 'activePrices'>;
}): () => Promise<PricesView> {
  return async () => {
    const answer = await deps.lookUps.activePrices();
    if (!answer.ok) {
      const problem = `Stripe did not list its prices: ${answer.failure.title}.`;
      return { prices: [], dead: [], notRead: [], problem };
    }
    return { ...pricesUnder(deps.plans().planFile, answer.value), problem: null };
  };
}

/** What a changed plan file would be, before it is loaded anywhere: nothing is kept of it. */
export function createPlanFileCheck(deps: {
  readonly plans: () => Loaded;
  readonly load: Load;
  readonly lookUps: Pick<StripeLookUps, 'activePrices'>;
}): (text: string) => Promise<PlanFileCheck> {
  return async (text) => {
    const loaded = deps.load(text);
    if (!loaded.ok) return { ok: false, problems: loaded.problems };
    const { planFile, hash, warnings } = loaded;
    const current = deps.plans();
    const differences = comparePlanFiles(current.planFile, planFile);
    const answer = await deps.lookUps.activePrices();
    const checked = { ok: true as const, hash, same: hash === current.hash, warnings, differences };
    if (!answer.ok) return { ...checked, moves: [], unmatched: null };
    const { unmatched } = matchCatalog(planFile, answer.value.prices, answer.value);
    return {
      ...checked,
      moves: movesBetween(current.planFile, planFile, answer.value.prices),
      unmatched: unmatched.map(keyOf),
    };
  };
}

function pricesUnder(planFile: PlanFile, catalogue: Catalogue): Omit<PricesView, 'problem'> {
  const { prices, notRead } = catalogue;
  const shown = prices.map((price) => ({
    priceId: keyOf(price),
    lookupKey: price.price.lookupKey,
    productId: price.product.id,
    recurring: price.recurring,
    of: ownersOf(planFile, price),
  }));
  return { prices: shown, dead: matchCatalog(planFile, prices, catalogue).dead, notRead };
}

/** As every id of a connected account is written. */
function keyOf({ account, price }: CatalogPrice): string {
  return inAccount(account ?? null, price.id);
}

function ownersOf(planFile: PlanFile, price: CatalogPrice): readonly string[] {
  const { plans, addons } = matchedBy(planFile, price, price.account ?? null);
  return [...plans.map((name) => `plan ${name}`), ...addons.map((name) => `add-on ${name}`)];
}

function movesBetween(before: PlanFile, after: PlanFile, prices: readonly CatalogPrice[]) {
  return prices.flatMap((price) => {
    const [from, to] = [ownersOf(before, price), ownersOf(after, price)];
    return from.join() === to.join() ? [] : [{ priceId: keyOf(price), from, to }];
  });
}
