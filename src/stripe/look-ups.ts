import type { Stripe } from 'stripe';
import type { Answer } from '../domain/upstream/failure.ts';
import { answering } from './call.ts';
import { readMadeEvents } from './made-events.ts';
import { pageSize } from './paging.ts';
import { idsWire } from './wire.ts';

/** What a person looks up in Stripe by way of Planwire. */
export function createStripeLookUps(client: Stripe) {
  return {
    /** By the list, which knows at once what was changed; it compares e-mails letter by letter. */
    customersWithEmail: (email: string): Promise<Answer<readonly string[]>> =>
      answering(client, async (call) => {
        for (const spelling of new Set([email, email.toLowerCase()])) {
          const params = { email: spelling, limit: pageSize };
          const page = await call('customers.list', idsWire, () => client.customers.list(params));
          if (page.data.length > 0) return page.data.map(({ id }) => id);
        }
        return [];
      }),
    eventsOf: (customerId: string, since: number) =>
      answering(client, (call) => readMadeEvents(client, call, customerId, since)),
  };
}
