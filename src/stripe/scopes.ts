import { LRUCache } from 'lru-cache';
import { isOrganisation, ownAccount, partsOf, serves, type ServedAccounts } from '../domain/accounts.ts';
import type { Answer, UpstreamFailure } from '../domain/upstream/failure.ts';
import { createAccountList } from './account-list.ts';
import { createStripeClient, type StripeClientOptions } from './client.ts';
import { createCatalog } from './catalog.ts';
import { createEventPages } from './event-pages.ts';
import { createStripeFleet } from './fleet.ts';
import { createStripeLookUps } from './look-ups.ts';
import { createStripeReader } from './reader.ts';
import { createNextPhase } from './schedules.ts';

/** So many connected accounts are asked one after another for what may be in any of them. */
const askedInTurn = 20;
const scopesKept = 200;

/**
 * The account whose key it is, unless that is an organisation's, and the others that are served, each with its own
 * client, catalogue and memory.
 */
export interface Scopes {
  /** What belongs to the account of an id, asked for with the id alone. */
  at<T>(id: string, ask: (scope: Scope, id: string) => Promise<Answer<T>>): Promise<Answer<T>>;
  in<T>(account: string | null, ask: (scope: Scope) => Promise<Answer<T>>): Promise<Answer<T>>;
  /** Every account of STRIPE_ACCOUNTS. */
  connected(): Promise<Answer<readonly string[]>>;
  /** Those and the own one, null, which comes first. */
  served(): Promise<Answer<readonly (string | null)[]>>;
  /** Where to look for what may be in any account; not `complete`: there are too many to look into all of them. */
  nearest(
    account: string | null,
  ): Promise<Answer<{ accounts: readonly (string | null)[]; complete: boolean }>>;
  setEpoch(epoch: number): void;
}

export function createScopes(
  options: StripeClientOptions,
  accounts: ServedAccounts,
  now: () => number,
): Scopes {
  const ofOrganisation = isOrganisation(options.secretKey);
  const own = createScope(options, null, now);
  const connected = createAccountList(own.client, accounts, now);
  const scopes = new LRUCache<string, Scope>({ max: scopesKept });
  let epoch: number | null = null;

  const scopeOf = (account: string): Scope => {
    const known = scopes.get(account);
    if (known !== undefined) return known;
    const scope = createScope(options, account, now);
    if (epoch !== null) scope.catalog.setEpoch(epoch);
    scopes.set(account, scope);
    return scope;
  };

  const asked: Scopes['in'] = async (account, ask) => {
    if (account === null) return ofOrganisation ? noOwnAccount() : ask(own);
    if (!serves(accounts, account)) return notServed(account);
    return told(account, await ask(scopeOf(account)));
  };

  const withOwn = (others: readonly string[]) => (ofOrganisation ? others : [null, ...others]);

  return {
    connected,
    async served() {
      const answer = await connected();
      return answer.ok ? { ...answer, value: withOwn(answer.value) } : answer;
    },
    in: asked,
    at: (key, ask) => {
      const { account, id } = partsOf(key);
      return asked(account, (scope) => ask(scope, id));
    },
    async nearest(account) {
      const answer = await connected();
      if (!answer.ok) return answer;
      const all = answer.value;
      const complete = all.length <= askedInTurn;
      const some = complete ? all : all.filter((each) => each === account);
      return { ...answer, value: { accounts: withOwn(some), complete } };
    },
    setEpoch(next) {
      epoch = next;
      for (const { catalog } of [own, ...scopes.values()]) catalog.setEpoch(next);
    },
  };
}

/** What one account refuses says nothing of the others. */
function told<T>(account: string, answer: Answer<T>): Answer<T> {
  if (answer.ok) return answer;
  const { failure } = answer;
  return { ...answer, failure: { ...failure, account, title: `${failure.title} (account ${account})` } };
}

/** It may have been served once, and its customers keep what they have. */
function notServed(account: string): Answer<never> {
  const remedy = `STRIPE_ACCOUNTS does not name ${account}: add it there, or leave its customers as they are.`;
  return unasked(account, 'The connected account is not served', remedy);
}

/** Ids of before may be kept, from when the key was an account's. */
function noOwnAccount(): Answer<never> {
  const remedy =
    'The key in STRIPE_SECRET_KEY is of an organisation, which has no account of its own: give the id with its account, such as acct_…/cus_….';
  return unasked(ownAccount, 'The id names no account', remedy);
}

/** Nobody is asked. */
function unasked(account: string, title: string, detail: string): Answer<never> {
  const failure: UpstreamFailure = {
    service: 'stripe',
    operation: 'accounts.retrieve',
    kind: 'http',
    status: 403,
    type: 'account_not_served',
    title,
    detail,
    docs: null,
    requestId: null,
    retryAfterMs: null,
    rateLimitedReason: null,
    account,
  };
  return { ok: false, failure, requests: [] };
}

export type Scope = ReturnType<typeof createScope>;

/** Of a connected account less is kept in mind: there can be many. */
const entriesOfConnected = 500;

/** One account with everything that is read of it, and what is remembered of it. */
export function createScope(options: StripeClientOptions, account: string | null, now: () => number) {
  const client = createStripeClient({ ...options, account });
  const most = account === null ? {} : { maxEntries: entriesOfConnected };
  const catalog = createCatalog(client, { now, ...most });
  return {
    account,
    client,
    catalog,
    reader: createStripeReader(client, catalog, { now, ...most }),
    lookUps: createStripeLookUps(client),
    nextPhase: createNextPhase(client, catalog),
    fleet: createStripeFleet(client, catalog, options.secretKey),
    readEvents: createEventPages(client, options.secretKey, account),
  };
}
