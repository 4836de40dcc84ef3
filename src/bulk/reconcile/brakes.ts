import { countOf, type RunCounts } from '../../domain/run.ts';

/** What the last look at everybody came to. */
export interface LastReconciliation {
  /** Epoch ms. */
  readonly at: number;
  /** Customers to whom a subscription granted something. */
  readonly live: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** null: nobody has looked yet. */
export function lastFrom(text: string | null): LastReconciliation | null {
  return text === null ? null : (JSON.parse(text) as LastReconciliation);
}

const mostUntold = 0.01;
const mostFailedReads = 0.01;
const fewFailedReads = 3;
const leastLeft = 0.8;

/** Why it had better stop before anybody is lowered, in a sentence; null: it may go on. */
export function subscriptionsVanished(
  { customers, live }: { readonly customers: number; readonly live: number },
  last: Pick<LastReconciliation, 'live'> | null,
  known: number,
): string | null {
  const hint = 'Is STRIPE_SECRET_KEY the key of the right account?';
  if (customers === 0 && known > 0) {
    return `Stripe lists no subscription at all, though ${known} customers are known: nothing was changed. ${hint}`;
  }
  if (last === null || live >= last.live * leastLeft) return null;
  return `Customers with a subscription fell from ${last.live} to ${live} since the last run: nothing was changed. ${hint} If so, run it again with --accept-fewer.`;
}

function readsFailed(side: string, reads: number, failed: number): string | null {
  if (failed < fewFailedReads || failed <= reads * mostFailedReads) return null;
  return `${failed} of ${reads} reads of ${side} failed: nothing was changed. This is not the hour to lower anybody; run it again later.`;
}

export function cannotTell(counts: RunCounts): string | null {
  const of = (name: string): number => countOf(counts, name);
  const untold = of('could_not_tell');
  if (untold > counts.customers * mostUntold) {
    return `${untold} of ${counts.customers} customers could not be told: nothing was changed. See what Stripe or Unkey answers, and run it again.`;
  }
  return (
    readsFailed('Stripe', of('stripeReads'), of('failedStripeReads')) ??
    readsFailed('Unkey', of('unkeyReads'), of('failedUnkeyReads'))
  );
}
