import type { RequestTrace, UpstreamFailure } from '../domain/failure.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { EventJob } from '../domain/work.ts';

interface Report {
  readonly id: string;
  readonly now: number;
  /** null: it is not tried again. */
  readonly retryAt: number | null;
  readonly requests: readonly RequestTrace[];
  readonly planFileHash: string;
}

/** The outcome of an event that could not be led to a customer, so that whoever looks for it finds why. */
export function unansweredEvent(
  job: EventJob,
  failure: UpstreamFailure,
  { id, now, retryAt, requests, planFileHash }: Report,
): Outcome {
  const at = new Date(now).toISOString();
  return {
    id,
    status: retryAt === null ? 'failed' : 'retrying',
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
    explanation: ['Stripe could not say which customer this event concerns.'],
    confirmedAt: null,
    error: {
      code: failure.type ?? (failure.kind === 'http' ? `http_${failure.status}` : `stripe_${failure.kind}`),
      title: failure.title,
      detail: failure.detail,
      status: failure.status,
      docs: null,
      retryable: retryAt !== null,
    },
    attempt: 1,
    retryAt: retryAt === null ? null : new Date(retryAt).toISOString(),
    requests,
    startedAt: at,
    finishedAt: at,
    durationMs: requests.reduce((sum, { ms }) => sum + ms, 0),
  };
}
