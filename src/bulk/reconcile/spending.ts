import { countingOn, type RunCounts } from '../../domain/run.ts';
import type { Budget, Spent } from './budget.ts';

/** What was read of both sides since the counts were last kept. */
export interface Spending {
  take(): { readonly stripe: Spent; readonly unkey: Spent };
}

export function spendingOf({ stripe, unkey }: { readonly stripe: Budget; readonly unkey: Budget }): Spending {
  return { take: () => ({ stripe: stripe.spent(), unkey: unkey.spent() }) };
}

/** The counts with what was spent since; a crash loses the reads of one chunk. */
export function counting(spending: Spending, counts: RunCounts): RunCounts {
  const { stripe, unkey } = spending.take();
  return countingOn(counts, {
    stripeReads: stripe.reads,
    unkeyReads: unkey.reads,
    failedStripeReads: stripe.failed,
    failedUnkeyReads: unkey.failed,
  });
}
