import { failureCode, type RequestTrace, type UpstreamFailure } from '../domain/upstream/failure.ts';
import type { Outcome, OutcomeError } from '../domain/outcome/outcome.ts';
import type { EventJob } from '../domain/work.ts';
import { iso } from '../domain/iso-time.ts';

interface Report {
  readonly id: string;
  readonly now: number;
  /** null: it is not tried again. */
  readonly retryAt: number | null;
  readonly requests: readonly RequestTrace[];
  readonly planFileHash: string;
  /** What happened, where it was not that Stripe could not say. */
  readonly explanation?: string;
}

/**
 * The outcome of an event that leads to no customer, so that whoever looks for it finds why: Stripe could not say
 * which, or, without a failure, that there is none.
 */
export function eventWithoutCustomer(
  job: EventJob,
  error: OutcomeError | null,
  { id, now, retryAt, requests, planFileHash, explanation }: Report,
): Outcome {
  const at = iso(now);
  return {
    id,
    status: error === null ? 'ignored' : retryAt === null ? 'failed' : 'retrying',
    requestId: null,
    cause: {
      kind: 'event',
      eventIds: [job.eventId],
      type: job.type,
      receivedAt: iso(job.receivedAt),
    },
    customerId: null,
    subscriptionIds: [],
    identity: { externalId: null, id: null },
    plan: { from: null, to: null },
    planFile: planFileHash,
    change: null,
    explanation: [
      error === null
        ? 'Stripe knows no customer whom this event concerns: nothing to do.'
        : (explanation ?? 'Stripe could not say which customer this event concerns.'),
    ],
    confirmedAt: null,
    error,
    attempt: 1,
    retryAt: retryAt === null ? null : iso(retryAt),
    requests,
    startedAt: at,
    finishedAt: at,
    durationMs: requests.reduce((sum, { ms }) => sum + ms, 0),
  };
}

export function errorOf(failure: UpstreamFailure, detail: string, retryable: boolean): OutcomeError {
  return {
    code: failureCode(failure),
    title: failure.title,
    detail,
    status: failure.status,
    docs: null,
    retryable,
  };
}
