import type { Stripe } from 'stripe';
import { z } from 'zod';
import type { Answer } from '../domain/upstream/failure.ts';
import type { MetadataSearch } from '../domain/customer/other-customers.ts';
import { answering } from './call.ts';
import { pageSize } from './paging.ts';
import { idsWire } from './wire.ts';

const foundOfCustomer = z.object({
  data: z.array(
    z.object({
      customer: z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]).nullish(),
    }),
  ),
});

/**
 * The customers that Stripe's search finds, at most a page of each search. Its index is behind by up to a minute and
 * more in an outage, so what it does not find may be there all the same.
 */
export function createCustomersLike(client: Stripe) {
  return (searches: readonly MetadataSearch[]): Promise<Answer<readonly string[]>> =>
    answering(client, async (call) => {
      const ids = new Set<string>();
      for (const search of searches) {
        const params = { query: queryOf(search), limit: pageSize };
        if (search.object === 'customer') {
          const page = await call('customers.search', idsWire, () => client.customers.search(params));
          for (const { id } of page.data) ids.add(id);
        } else {
          const page = await call('subscriptions.search', foundOfCustomer, () =>
            client.subscriptions.search(params),
          );
          for (const { customer } of page.data) if (typeof customer === 'string') ids.add(customer);
        }
      }
      return [...ids];
    });
}

function queryOf({ key, value }: MetadataSearch): string {
  return `metadata[${quoted(key)}]:${quoted(value)}`;
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, String.raw`\$&`)}'`;
}
