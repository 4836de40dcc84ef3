import type { RequestTrace, UpstreamFailure } from '../domain/upstream/failure.ts';
import type { Outcome, OutcomeError } from '../domain/outcome/outcome.ts';
import type { EventJob } from '../domain/work.ts';

interface Report {
  readonly id: string;
  readonly now: number;
  /** null: it is not tried again. */
  readonly retryAt: number | null;
  readonly requests: readonly RequestTrace[];
  readonly planFileHash: string;
}

/**
 * The outcome of an event that leads to no customer, so that whoever looks for it finds why: Stripe could not say
 * which, or, without a failure, that there is none.
 */
export function eventWithoutCustomer(
  job: EventJob,
  failure: UpstreamFailure | null,
  { id, now, retryAt, requests, planFileHash }: Report,
): Outcome {
  const at = new Date(now).toISOString();
  return {
    id,
    status: failure === null ? 'ignored' : retryAt === null ? 'failed' : 'retrying',
    requestId: null,
    cause: {
      kind: 'event',
      eventIds: [job.eventId],
      type: job.type,
      receivedAt: new Date(job.receivedAt).toISOString(),
    },
    customerId: null,
    subscriptionIds: [],
    identity: { externalId: null, id: null },
    plan: { from: null, to: null },
    planFile: planFileHash,
    change: null,
    explanation: [
      failure === null
        ? 'Stripe knows no customer whom this event concerns: nothing to do.'
        : 'Stripe could not say which customer this event concerns.',
    ],
    confirmedAt: null,
    error: failure === null ? null : errorOf(failure, retryAt !== null),
    attempt: 1,
    retryAt: retryAt === null ? null : new Date(retryAt).toISOString(),
    requests,
    startedAt: at,
    finishedAt: at,
    durationMs: requests.reduce((sum, { ms }) => sum + ms, 0),
  };
}

function errorOf(failure: UpstreamFailure, retryable: boolean): OutcomeError {
  const { type, kind, status, service, title, detail } = failure;
  const code = type ?? (kind === 'http' ? `http_${status}` : `${service}_${kind}`);
  return { code, title, detail, status, docs: null, retryable };
}
