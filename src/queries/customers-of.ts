import { partsOf, type ServedAccounts } from '../domain/accounts.ts';
import type { Concern } from '../domain/work.ts';
import { kindOf, lookUp, type Find } from './find.ts';
import type { StripeReader } from '../sync/ports.ts';

interface CustomersOf {
  /** The most fitting first; empty: nobody knows. */
  readonly customerIds: readonly string[];
  /** Why Stripe could not be asked; null when it could. */
  readonly problem: string | null;
}

type AskedOf = Parameters<StripeReader['customerOf']>[0];

const asked: readonly (readonly [prefix: string, object: AskedOf])[] = [
  ['sub_', 'subscription'],
  ['in_', 'invoice'],
  ['cs_', 'checkout.session'],
  ['acct_', 'account'],
  ['ch_', 'charge'],
  ['pi_', 'payment_intent'],
];

/** What Stripe has to be asked for to come from an id to its customer; undefined: nothing leads there. */
export function askedFor(anyId: string): AskedOf | undefined {
  const { id } = partsOf(anyId);
  return asked.find(([prefix]) => id.startsWith(prefix))?.[1];
}

/** From any id that a person may hold, or the address of its page, to the customers behind it. What we never saw, Stripe may know. */
export function createCustomersOf(deps: {
  readonly find: Find;
  readonly stripe: Pick<StripeReader, 'customerOf'>;
  readonly accounts: ServedAccounts;
}): (text: string) => Promise<CustomersOf> {
  return async (text) => {
    const { found, anyId } = await lookUp(deps.find, text, deps.accounts);
    const { event, customer, outcomes } = found;
    const known = [
      customer?.customerId,
      ...(event?.customerIds ?? []),
      ...outcomes.map(({ customerId }) => customerId),
    ].filter((id) => id !== null && id !== undefined);
    if (known.length > 0) return { customerIds: [...new Set(known)], problem: null };
    if (kindOf(anyId) === 'customer') return { customerIds: [anyId], problem: null };
    const object = askedFor(anyId);
    return object === undefined ? nobody : askStripe(deps, object, anyId);
  };
}

/** The customer that an event is about, by what it says itself or by what Stripe says of its object. */
export async function customerOfConcern(
  deps: { readonly stripe: Pick<StripeReader, 'customerOf'> },
  concern: Concern,
): Promise<CustomersOf> {
  if (concern.kind === 'customer') return { customerIds: [concern.customerId], problem: null };
  return concern.kind === 'ask' ? askStripe(deps, concern.object, concern.id) : nobody;
}

const nobody: CustomersOf = { customerIds: [], problem: null };

async function askStripe(
  { stripe }: { readonly stripe: Pick<StripeReader, 'customerOf'> },
  object: AskedOf,
  id: string,
): Promise<CustomersOf> {
  const answer = await stripe.customerOf(object, id);
  if (answer.ok) return { customerIds: answer.value === null ? [] : [answer.value], problem: null };
  return { customerIds: [], problem: `Stripe did not say whose ${id} is: ${answer.failure.title}.` };
}
