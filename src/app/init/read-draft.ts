import type { Config } from '../../config.ts';
import type { Identity } from '../../domain/identity/identity.ts';
import type { Answer, UpstreamFailure } from '../../domain/upstream/failure.ts';
import { draftPlans } from '../../queries/init/drafted-plans.ts';
import { guessTemplate } from '../../queries/init/identity-template.ts';
import { limitsInUse } from '../../queries/init/limits-in-use.ts';
import type { Draft } from '../../queries/init/plan-file-text.ts';
import { isOrganisation } from '../../domain/accounts.ts';
import { priceListOf } from '../../stripe/across-catalogues.ts';
import { readNewestCustomers } from '../../stripe/price-list.ts';
import { createScopes } from '../../stripe/scopes.ts';
import { createUnkeyClient } from '../../unkey/client.ts';
import { createIdentityGateway } from '../../unkey/gateway.ts';

/** Enough to see which limits are in use. */
const identitiesRead = 2_000;

export type ReadDraft =
  | { readonly ok: true; readonly draft: Draft }
  | { readonly ok: false; readonly what: string; readonly failure: UpstreamFailure };

/** What a first plan file can be guessed from: what Stripe sells, and what Unkey's identities have. */
export async function readDraft(config: Pick<Config, 'stripe' | 'unkey'>): Promise<ReadDraft> {
  const { accounts, ...options } = config.stripe;
  const scopes = createScopes(options, accounts, Date.now);
  const prices = await priceListOf(scopes);
  if (!prices.ok)
    return { ok: false, what: 'Stripe did not answer with its prices', failure: prices.failure };
  const identities = await readIdentities(config.unkey);
  if (!identities.ok) {
    return { ok: false, what: 'Unkey did not answer with its identities', failure: identities.failure };
  }
  // Only a guess hangs on them.
  const account = isOrganisation(options.secretKey) && accounts !== 'all' ? (accounts[0] ?? null) : null;
  const customers = await scopes.in(account, ({ client }) => readNewestCustomers(client));
  const externalIds = new Set(identities.value.map(({ externalId }) => externalId));
  return {
    ok: true,
    draft: {
      plans: draftPlans(prices.value.prices),
      notRead: prices.value.notRead,
      limits: limitsInUse(identities.value),
      identity: guessTemplate(customers.ok ? customers.value : [], externalIds),
      identities: identities.value.length,
    },
  };
}

async function readIdentities(unkey: Config['unkey']): Promise<Answer<readonly Identity[]>> {
  const client = createUnkeyClient({ rootKey: unkey.rootKey, baseUrl: unkey.apiBaseUrl });
  const gateway = createIdentityGateway(client);
  const identities: Identity[] = [];
  let page = await gateway.list(null);
  while (page.ok) {
    identities.push(...page.value.identities);
    if (page.value.next === null || identities.length >= identitiesRead) {
      return { ok: true, value: identities, requests: page.requests };
    }
    page = await gateway.list(page.value.next);
  }
  return page;
}
