import { partsOf, type ServedAccounts } from '../domain/accounts.ts';
import type { StripeReader } from '../sync/ports.ts';
import { askedFor, type createCustomersOf } from './customers-of.ts';
import { isKnown, lookUp, type Find } from './find.ts';

/** With Accounts v2 one may hold the id of an account: the customer that it is, as Stripe says. Any other id stays. */
export type CustomerIdOf = (id: string) => Promise<string>;

export function createCustomerIdOf({
  stripe,
}: {
  readonly stripe: Pick<StripeReader, 'customerOf'>;
}): CustomerIdOf {
  return async (id) => {
    if (!partsOf(id).id.startsWith('acct_')) return id;
    const answer = await stripe.customerOf('account', id);
    return answer.ok ? (answer.value ?? id) : id;
  };
}

/** What nobody here has heard of, an invoice, a charge or an account, is what its customer is, as Stripe says. */
export function findThroughStripe(
  find: Find,
  customersOf: ReturnType<typeof createCustomersOf>,
  accounts: ServedAccounts,
): Find {
  return async (text) => {
    const { found, anyId } = await lookUp(find, text, accounts);
    if (isKnown(found) || askedFor(anyId) === undefined) return found;
    const [customerId] = (await customersOf(anyId)).customerIds;
    return customerId === undefined ? found : { ...(await find(customerId)), kind: found.kind };
  };
}
