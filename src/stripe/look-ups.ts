import type { Stripe } from 'stripe';
import { z } from 'zod';
import type { Answer } from '../domain/upstream/failure.ts';
import { answering } from './call.ts';
import { readMadeEvents } from './made-events.ts';
import { pageSize } from './paging.ts';

const found = z.object({ data: z.array(z.object({ id: z.string() })) });

/** What a person looks up in Stripe by way of Planwire. */
export function createStripeLookUps(client: Stripe) {
  const timeoutMs = client.getApiField('timeout');
  return {
    /** By the list, which knows at once what was changed; it compares e-mails letter by letter. */
    customersWithEmail: (email: string): Promise<Answer<readonly string[]>> =>
      answering(async (call) => {
        for (const spelling of new Set([email, email.toLowerCase()])) {
          const params = { email: spelling, limit: pageSize };
          const page = await call('customers.list', found, () => client.customers.list(params));
          if (page.data.length > 0) return page.data.map(({ id }) => id);
        }
        return [];
      }, timeoutMs),
    eventsOf: (customerId: string, since: number) =>
      answering((call) => readMadeEvents(client, call, customerId, since), timeoutMs),
  };
}
