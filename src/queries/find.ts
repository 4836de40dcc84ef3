import type { Found, IdKind } from '../domain/views/find.ts';
import { inAccount, partsOf, serves, type ServedAccounts } from '../domain/accounts.ts';
import { own } from '../domain/own.ts';
import type { CustomerRecord } from '../domain/customer/customer-record.ts';
import type { EventNote, Outcome } from '../domain/outcome/outcome.ts';
import type { ClaimStore, CustomerStore, OutcomeStore } from '../domain/ports.ts';

export interface FindPorts {
  readonly outcomes: Pick<OutcomeStore, 'get' | 'find' | 'firstAfter' | 'event'>;
  readonly customers: Pick<CustomerStore, 'read'>;
  readonly claims: Pick<ClaimStore, 'read'>;
}

export interface Find {
  /** Everything there is about any id that a person may hold (promise P6). An unknown id finds nothing. */
  (anyId: string): Promise<Found>;
}

const outcomesShown = 50;

const kinds: readonly (readonly [prefix: string, kind: IdKind])[] = [
  ['evt_', 'event'],
  ['cus_', 'customer'],
  ['acct_', 'account'],
  ['in_', 'invoice'],
  ['cs_', 'checkoutSession'],
  ['ch_', 'charge'],
  ['pi_', 'paymentIntent'],
  ['price_', 'price'],
  ['prod_', 'product'],
  ['sub_', 'subscription'],
  ['req_', 'request'],
  ['out_', 'outcome'],
  ['id_', 'identity'],
];

/** What an id looks like. An external id is free text and may look like anything: nothing is excluded by its kind. */
export function kindOf(id: string): IdKind {
  const { id: alone } = partsOf(id);
  return kinds.find(([prefix]) => alone.startsWith(prefix))?.[1] ?? 'external';
}

/**
 * The id in an address of Stripe's or Unkey's pages that somebody pasted; anything else is an id already. A connected
 * account stands before what is its own.
 */
function idIn(text: string, accounts: ServedAccounts): string {
  if (!/^https?:\/\//.test(text)) return text;
  const [path = ''] = text.split(/[?#]/, 1);
  const parts = path.split('/').map((part) => decodeURIComponent(part));
  const id = parts.findLast((part) => /^[a-z]{2,5}_\w+$/.test(part)) ?? parts.at(-1) ?? text;
  const account = parts.slice(0, parts.lastIndexOf(id)).findLast((part) => serves(accounts, part));
  return inAccount(account ?? null, id);
}

/** What is known of an id, or of an address that has one. Addresses name the account also where it is our own. */
export async function lookUp(find: Find, text: string, accounts: ServedAccounts) {
  const anyId = idIn(text, accounts);
  const found = await find(anyId);
  const { account, id } = partsOf(anyId);
  if (account === null || isKnown(found)) return { found, anyId };
  const ofOwn = await find(id);
  return isKnown(ofOwn) ? { found: ofOwn, anyId: id } : { found, anyId };
}

export function isKnown({ customer, event, outcomes }: Found): boolean {
  return customer !== null || event !== null || outcomes.length > 0;
}

export function createFind({ outcomes, customers, claims }: FindPorts): Find {
  return async (anyId) => {
    const kind = kindOf(anyId);
    const [note, named, byRef] = await Promise.all([
      kind === 'event' ? outcomes.event(anyId) : null,
      kind === 'outcome' ? outcomes.get(anyId) : null,
      outcomes.find(anyId, outcomesShown),
    ]);
    const ofEvent = note === null ? [] : await outcomesOfEvent(note, byRef);
    const all = newestFirst([...byRef, ...ofEvent, ...(named === null ? [] : [named])]);
    return { kind, event: note, customer: await customerOf(anyId, note, all), outcomes: all };
  };

  /**
   * An event's outcome is the first sync of its customer that began after it arrived. That sync read Stripe as it was
   * after the event, also where the event was one of many that one sync answered and its id is not in the outcome.
   */
  async function outcomesOfEvent(
    { customerIds, tickets }: EventNote,
    naming: readonly Outcome[],
  ): Promise<readonly Outcome[]> {
    const named = new Set(naming.map(({ customerId }) => customerId));
    const unnamed = customerIds.filter((customerId) => !named.has(customerId));
    const firsts = await Promise.all(
      unnamed.slice(0, outcomesShown).map((customerId) => {
        const ticket = own(tickets, customerId);
        return ticket === undefined ? Promise.resolve(null) : outcomes.firstAfter(customerId, ticket);
      }),
    );
    return firsts.filter((outcome) => outcome !== null);
  }

  async function customerOf(
    anyId: string,
    note: EventNote | null,
    found: readonly Outcome[],
  ): Promise<CustomerRecord | null> {
    const direct = await customers.read(anyId);
    if (direct !== null) return direct;
    const customerId =
      note?.customerIds[0] ?? found[0]?.customerId ?? (await claims.read(anyId))?.customerId ?? null;
    return customerId === null ? null : customers.read(customerId);
  }
}

/** One outcome by its own id, or the newest that a request of that id belongs to. */
export function createGetOutcome(outcomes: Pick<OutcomeStore, 'get' | 'find'>) {
  return async (idOrRequestId: string): Promise<Outcome | null> => {
    const named = await outcomes.get(idOrRequestId);
    if (named !== null) return named;
    const found = await outcomes.find(idOrRequestId, outcomesShown);
    return found.find((outcome) => hasRequest(outcome, idOrRequestId)) ?? null;
  };
}

function hasRequest({ requestId, requests }: Outcome, id: string): boolean {
  return requestId === id || requests.some((request) => request.requestId === id);
}

/** Ids of outcomes sort by time. */
function newestFirst(outcomes: readonly Outcome[]): readonly Outcome[] {
  const byId = new Map(outcomes.map((outcome) => [outcome.id, outcome]));
  return [...byId.values()].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, outcomesShown);
}
