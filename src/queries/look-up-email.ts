import type { CustomerStore } from '../domain/ports.ts';
import type { EmailLookUp } from '../domain/views/find.ts';
import type { StripeLookUps } from './ports.ts';

/** From an e-mail to customers. Stripe knows it; here it is in no record, outcome or log, and it stays so. */
export function createLookUpEmail(deps: {
  readonly lookUps: Pick<StripeLookUps, 'customersWithEmail'>;
  readonly customers: Pick<CustomerStore, 'read'>;
}): (email: string) => Promise<EmailLookUp> {
  return async (email) => {
    const answer = await deps.lookUps.customersWithEmail(email);
    if (!answer.ok) {
      const problem = `Stripe did not say who has this e-mail: ${answer.failure.title}.`;
      return { customers: [], problem };
    }
    const customers = await Promise.all(
      answer.value.map(async (customerId) => ({
        customerId,
        record: await deps.customers.read(customerId),
      })),
    );
    return { customers, problem: null };
  };
}
