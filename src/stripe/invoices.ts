import type { Stripe } from 'stripe';
import type { Call } from './call.ts';
import { everyOf } from './paging.ts';
import { invoiceWire } from './wire.ts';

/**
 * Since when a subscription owes, epoch ms: the earliest `due_date`, else `finalized_at`, of its open invoices that
 * are due at `now`. An invoice that is paid by hand has a due date, and is not due before it; one that is charged by
 * itself has none, and is due from the moment it is final. null: nothing is owed.
 */
export async function readOwedSince(
  client: Stripe,
  call: Call,
  subscriptionId: string,
  now: number,
): Promise<number | null> {
  const open = everyOf(call, 'invoices.list', invoiceWire, (page) =>
    client.invoices.list({ subscription: subscriptionId, status: 'open', ...page }),
  );
  let earliest: number | null = null;
  for await (const invoice of open) {
    const since = invoice.due_date ?? invoice.status_transitions?.finalized_at ?? null;
    if (since === null || since * 1000 > now || invoice.amount_remaining <= 0) continue;
    earliest = Math.min(earliest ?? Number.POSITIVE_INFINITY, since * 1000);
  }
  return earliest;
}
