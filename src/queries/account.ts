import type { StripeReader } from '../sync/ports.ts';
import type { Find } from './find.ts';

const isAccount = (id: string): boolean => id.startsWith('acct_');

/** With Accounts v2 one may hold the id of an account: the customer that it is, as Stripe says. Any other id stays. */
export type CustomerIdOf = (id: string) => Promise<string>;

export function createCustomerIdOf({
  stripe,
}: {
  readonly stripe: Pick<StripeReader, 'customerOf'>;
}): CustomerIdOf {
  return async (id) => {
    if (!isAccount(id)) return id;
    const answer = await stripe.customerOf('account', id);
    return answer.ok ? (answer.value ?? id) : id;
  };
}

/** What is found by an account is what is found by its customer. */
export function findWithAccounts(find: Find, customerIdOf: CustomerIdOf): Find {
  return async (anyId) => {
    const found = await find(anyId);
    if (!isAccount(anyId) || found.customer !== null || found.outcomes.length > 0) return found;
    const customerId = await customerIdOf(anyId);
    return customerId === anyId ? found : { ...(await find(customerId)), kind: found.kind };
  };
}
