import type { Stripe } from 'stripe';
import { z } from 'zod';
import type { Call } from './call.ts';
import { collect, everyOf } from './paging.ts';

const entitlementWire = z.object({ id: z.string(), lookup_key: z.string() });

/** The lookup keys of the features that a customer is entitled to now. An event of them has at most the first ten. */
export async function readEntitlements(
  client: Stripe,
  call: Call,
  customerId: string,
): Promise<readonly string[]> {
  const pages = everyOf(call, 'entitlements.activeEntitlements.list', entitlementWire, (page) =>
    client.entitlements.activeEntitlements.list({ customer: customerId, ...page }),
  );
  return (await collect(pages)).map(({ lookup_key }) => lookup_key);
}
