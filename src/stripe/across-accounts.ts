import { inAccount, partsOf } from '../domain/accounts.ts';
import type { FleetReader, FleetList } from '../domain/fleet.ts';
import type { CatchUpEvents } from '../domain/made-events.ts';
import type { Answer, RequestTrace } from '../domain/upstream/failure.ts';
import { listsPerAccount } from './event-pages.ts';
import type { Scope, Scopes } from './scopes.ts';
import type { AskedObject } from '../domain/work.ts';
import type { MetadataSearch } from '../domain/customer/other-customers.ts';
import type { ReadingNeeds, StripeState } from '../domain/subscription.ts';

/** A customer of any account that is served, by an id that says of which. */
export function readerOf(scopes: Scopes) {
  return {
    readCustomer: (customerId: string, needs: ReadingNeeds): Promise<Answer<StripeState | null>> =>
      scopes.at(customerId, async (scope, id) => {
        const answer = await scope.reader.readCustomer(id, needs);
        if (!answer.ok || answer.value === null) return answer;
        const { customer, ...state } = answer.value;
        const known = { ...customer, id: inAccount(scope.account, customer.id) };
        return { ...answer, value: { ...state, customer: known } };
      }),
    customerOf: (object: AskedObject, key: string): Promise<Answer<string | null>> =>
      scopes.at(key, async (scope, id) => {
        const answer = await scope.reader.customerOf(object, id);
        if (!answer.ok || answer.value === null) return answer;
        return { ...answer, value: inAccount(scope.account, answer.value) };
      }),
    /** Two accounts can have customers that lead to one identity. */
    async customersLike(searches: readonly MetadataSearch[], near: string | null) {
      const where = await scopes.nearest(near === null ? null : partsOf(near).account);
      if (!where.ok) return where;
      const { accounts, complete } = where.value;
      const found = await inTurn(scopes, accounts, (scope) => scope.reader.customersLike(searches));
      if (!found.ok) return found;
      const { ids: customerIds, all } = found.value;
      return { ...found, value: { customerIds, complete: complete && all } };
    },
  };
}

export function lookUpsOf(scopes: Scopes) {
  return {
    async customersWithEmail(email: string): Promise<Answer<readonly string[]>> {
      const where = await scopes.nearest(null);
      if (!where.ok) return where;
      const ask = (scope: Scope) => scope.lookUps.customersWithEmail(email);
      const found = await inTurn(scopes, where.value.accounts, ask);
      return found.ok ? { ...found, value: found.value.ids } : found;
    },
    nextPhase: (scheduleKey: string, at: number) =>
      scopes.at(scheduleKey, (scope, id) => scope.nextPhase(id, at)),
    eventsOf: (customerId: string, since: number) =>
      scopes.at(customerId, (scope, id) => scope.lookUps.eventsOf(id, since)),
  };
}

export function fleetOf(scopes: Scopes): Pick<FleetReader, 'lists' | 'subscriptions'> {
  return {
    async lists() {
      const served = await scopes.served();
      if (!served.ok) return served;
      const lists: FleetList[] = [];
      const requests: RequestTrace[] = [...served.requests];
      for (const account of served.value) {
        const clocks = await scopes.in(account, (scope) => scope.fleet.testClocks());
        requests.push(...clocks.requests);
        // A key that may not see them leaves them out: they are of nobody who pays.
        for (const testClock of [null, ...(clocks.ok ? clocks.value : [])])
          lists.push({ testClock, ...(account === null ? {} : { account }) });
      }
      return { ok: true, value: lists, requests };
    },
    subscriptions: ({ account = null, ...lane }) =>
      scopes.in(account, async (scope) => {
        const answer = await scope.fleet.subscriptions(lane);
        if (!answer.ok || account === null) return answer;
        const subscriptions = answer.value.subscriptions.map(({ customer, ...listed }) => ({
          ...listed,
          customer: { ...customer, id: inAccount(account, customer.id) },
        }));
        return { ...answer, value: { ...answer.value, subscriptions } };
      }),
  };
}

/** The lists of one account come after those of another. */
export function madeEventsOf(scopes: Scopes): CatchUpEvents {
  return async (asked) => {
    const served = await scopes.served();
    if (!served.ok) return served;
    const accounts = served.value;
    const perAccount = listsPerAccount(asked);
    const account = accounts[Math.floor(asked.list / perAccount)] ?? null;
    const list = asked.list % perAccount;
    const page = await scopes.in(account, (scope) => scope.readEvents({ ...asked, list }));
    const lists = perAccount * accounts.length;
    const requests = [...served.requests, ...page.requests];
    if (page.ok) return { ok: true, value: { ...page.value, lists }, requests };
    // An account that has left has nothing that could be missed; the others have.
    if (page.failure.type !== 'account_invalid') return { ...page, requests };
    return { ok: true, value: { events: [], next: null, lists }, requests };
  };
}

/** The ids that all accounts answer with; not `all`: one that may not be read was passed over. */
async function inTurn(
  scopes: Scopes,
  accounts: readonly (string | null)[],
  ask: (scope: Scope) => Promise<Answer<readonly string[]>>,
): Promise<Answer<{ readonly ids: readonly string[]; readonly all: boolean }>> {
  const ids: string[] = [];
  const requests: RequestTrace[] = [];
  let all = true;
  for (const account of accounts) {
    const answer = await scopes.in(account, ask);
    requests.push(...answer.requests);
    if (answer.ok) ids.push(...answer.value.map((id) => inAccount(account, id)));
    else if (account !== null && answer.failure.status === 403) all = false;
    else return { ...answer, requests };
  }
  return { ok: true, value: { ids, all }, requests };
}
