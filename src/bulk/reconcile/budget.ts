import type { Answer, UpstreamFailure } from '../../domain/upstream/failure.ts';
import { throttleMs, whatNext } from '../../domain/upstream/what-next.ts';
import { countingOn, type RunCounts } from '../../domain/run.ts';

/** How often a read that fails, and may pass, is made again. */
const triesAgain = 3;

export interface Budget {
  /** Makes the read in its turn; waits out what the other side asks for, and tries again what may pass. */
  read<T>(read: () => Promise<Answer<T>>): Promise<Answer<T>>;
  /** Since the last call of this. */
  spent(): Spent;
}

interface Spent {
  readonly reads: number;
  /** Answers that were none; a 429 is no such. */
  readonly failed: number;
}

/** So many reads a second of one side, evenly: what is live has the rest of the other side's limits. */
export function createBudget(given: {
  readonly ratePerSecond: number;
  readonly rest: (ms: number) => Promise<void>;
  readonly monotonic: () => number;
}): Budget {
  const everyMs = 1_000 / given.ratePerSecond;
  let next = 0;
  let spent: Spent = { reads: 0, failed: 0 };
  const turn = async (): Promise<void> => {
    const now = given.monotonic();
    const at = Math.max(now, next);
    next = at + everyMs;
    if (at > now) await given.rest(at - now);
  };
  return {
    async read(read) {
      let throttled = 0;
      for (let failures = 0; ;) {
        await turn();
        const answer = await read();
        spent = { ...spent, reads: spent.reads + Math.max(1, answer.requests.length) };
        if (answer.ok) return answer;
        // One too many is no failure of the other side.
        if (answer.failure.status !== 429) spent = { ...spent, failed: spent.failed + 1 };
        const waitMs = waitAfter(answer.failure, throttled, failures);
        if (waitMs === null) return answer;
        if (answer.failure.status === 429) throttled += 1;
        else failures += 1;
        // Nobody reads meanwhile: the other side asked for it.
        next = Math.max(next, given.monotonic() + waitMs);
      }
    },
    spent() {
      const soFar = spent;
      spent = { reads: 0, failed: 0 };
      return soFar;
    },
  };
}

const mostThrottled = 20;

/** Milliseconds; null: to try again is of no use, or was tried often enough. */
function waitAfter(failure: UpstreamFailure, throttled: number, failures: number): number | null {
  const next = whatNext(failure);
  if (failure.status === 429) {
    return throttled >= mostThrottled ? null : throttleMs(throttled + 1, failure.retryAfterMs);
  }
  if (next.class !== 'transient' || failures >= triesAgain) return null;
  return Math.max(next.retryAfterMs ?? 0, 250 * 2 ** failures);
}

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
