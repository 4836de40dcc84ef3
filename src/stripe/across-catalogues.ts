import { ownAccount } from '../domain/accounts.ts';
import type { PriceList } from '../domain/catalogue.ts';
import type {
  Catalogue,
  CatalogueAccounts,
  CatalogPrice,
  TrialPrice,
} from '../domain/plan-file/match-catalog.ts';
import type { Answer, RequestTrace } from '../domain/upstream/failure.ts';
import { mostArchivedAsked, readArchivedInUse, type ArchivedInUse } from './archived-prices.ts';
import { readPriceList } from './price-list.ts';
import type { Scope, Scopes } from './scopes.ts';
import { readTrialPrices } from './trial-offers.ts';

/** Of many accounts the first ones: each has a catalogue of its own, which is read whole. */
const mostCatalogues = 20;

/** What every account that is served sells. */
export async function activePricesOf(scopes: Scopes): Promise<Answer<Catalogue>> {
  const found = await inCatalogues(scopes, ({ catalog }) => catalog.listActivePrices());
  if (!found.ok) return found;
  const { all: prices, read, notRead } = found.value;
  return { ...found, value: { prices, read, notRead } };
}

export async function trialPricesOf(scopes: Scopes): Promise<Answer<readonly TrialPrice[]>> {
  const found = await inCatalogues(scopes, ({ client }) => readTrialPrices(client));
  return found.ok ? { ...found, value: found.value.all } : found;
}

/** As people call them, and the accounts whose prices were not read. */
export async function priceListOf(scopes: Scopes): Promise<Answer<PriceList>> {
  const found = await inCatalogues(scopes, ({ client }) => readPriceList(client));
  if (!found.ok) return found;
  const { all: prices, notRead } = found.value;
  return { ...found, value: { prices, notRead } };
}

/** Of all accounts together so many are asked for. */
export async function archivedInUseOf(
  scopes: Scopes,
  concern: (price: CatalogPrice) => boolean,
): Promise<Answer<ArchivedInUse>> {
  let [left, notAsked] = [mostArchivedAsked, 0];
  const found = await inCatalogues(scopes, async ({ client, account }) => {
    const ofAccount = (price: CatalogPrice) => concern({ ...price, ...named(account) });
    const answer = await readArchivedInUse(client, ofAccount, left);
    if (!answer.ok) return answer;
    left -= answer.value.asked;
    notAsked += answer.value.notAsked;
    return { ...answer, value: answer.value.prices };
  });
  if (!found.ok) return found;
  return { ...found, value: { prices: found.value.all, asked: mostArchivedAsked - left, notAsked } };
}

/** One that the key may not read is passed over. */
async function inCatalogues<T extends object>(
  scopes: Scopes,
  ask: (scope: Scope) => Promise<Answer<readonly T[]>>,
): Promise<Answer<CatalogueAccounts & { readonly all: readonly (T & OfAccount)[] }>> {
  const served = await scopes.served();
  if (!served.ok) return served;
  const all: (T & OfAccount)[] = [];
  const read: string[] = [];
  const notRead = served.value.slice(mostCatalogues).map((account) => account ?? ownAccount);
  const requests: RequestTrace[] = [...served.requests];
  for (const account of served.value.slice(0, mostCatalogues)) {
    const answer = await scopes.in(account, ask);
    requests.push(...answer.requests);
    if (answer.ok) {
      read.push(account ?? ownAccount);
      all.push(...answer.value.map((one) => ({ ...one, ...named(account) })));
    } else if (account !== null && answer.failure.status === 403) notRead.push(account);
    else return { ...answer, requests };
  }
  return { ok: true, value: { all, read, notRead }, requests };
}

interface OfAccount {
  readonly account?: string;
}

function named(account: string | null): OfAccount {
  return account === null ? {} : { account };
}
