import type { Cause, CustomerRecord } from '../domain/customer/customer-record.ts';
import type { Joined } from '../domain/customer/trace-origin.ts';
import type { Span } from '../domain/tracing.ts';
import type { Answer, RequestTrace } from '../domain/upstream/failure.ts';
import type { Plans, Upstreams } from './ports.ts';

/** One sync under way. */
export interface Attempt extends Upstreams {
  readonly customerId: string;
  /** The record as it was when this sync took its ticket. */
  readonly taken: CustomerRecord;
  readonly cause: Cause;
  readonly plans: Plans;
  readonly startedAt: number;
  /** Every call made so far, in order. The upstreams of the attempt note themselves. */
  readonly requests: readonly RequestTrace[];
  /** Whether another worker may have taken this job over: nothing is to be written then. */
  readonly lost: () => boolean;
  /** Another sync may begin: this one asks no upstream any more. */
  readonly releaseSlot: () => void;
  /** What has to be said before the decision's own sentences. */
  readonly notes: string[];
  readonly span: Span;
  /** The trace that the span goes on with. */
  readonly joined: Joined;
}

type Call<Args extends unknown[], T> = (...args: Args) => Promise<Answer<T>>;

/** The upstreams, each call of which is noted: no step of a sync has to remember to. */
export function noting({ stripe, unkey }: Upstreams, requests: RequestTrace[]): Upstreams {
  const noted =
    <Args extends unknown[], T>(call: Call<Args, T>): Call<Args, T> =>
    async (...args) => {
      const answer = await call(...args);
      requests.push(...answer.requests);
      return answer;
    };
  return {
    stripe: { readCustomer: noted(stripe.readCustomer), customersLike: noted(stripe.customersLike) },
    unkey: {
      get: noted(unkey.get),
      getOverride: noted(unkey.getOverride),
      update: noted(unkey.update),
      create: noted(unkey.create),
      setOverride: noted(unkey.setOverride),
    },
  };
}

const reads: ReadonlySet<string> = new Set(['identities.getIdentity', 'ratelimit.getOverride']);

/** A call that changes something at Unkey, whatever came of it. */
export function isWrite({ service, operation }: RequestTrace): boolean {
  return service === 'unkey' && !reads.has(operation);
}

/** One that was refused has not; one that got no answer, or failed at Unkey, may have. */
export function mayHaveWritten(request: RequestTrace): boolean {
  const { status } = request;
  return isWrite(request) && !(status !== null && status >= 400 && status < 500);
}
