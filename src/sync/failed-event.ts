import type { UpstreamFailure } from '../domain/failure.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { EventJob } from '../domain/work.ts';

/** The outcome of an event that could not be led to a customer, so that whoever looks for it finds why. */
export function failedEvent(
  job: EventJob,
  failure: UpstreamFailure,
  planFileHash: string,
  id: string,
  now: number,
): Outcome {
  const at = new Date(now).toISOString();
  return {
    id,
    status: 'failed',
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
      code: failure.type ?? `http_${failure.status ?? 'unknown'}`,
      title: failure.title,
      detail: failure.detail,
      status: failure.status,
      docs: null,
      retryable: false,
    },
    attempt: 1,
    retryAt: null,
    requests: [
      {
        service: failure.service,
        operation: failure.operation,
        requestId: failure.requestId,
        status: failure.status,
        ms: 0,
      },
    ],
    startedAt: at,
    finishedAt: at,
    durationMs: 0,
  };
}
