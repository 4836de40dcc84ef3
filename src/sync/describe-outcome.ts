import type { RequestTrace } from '../domain/upstream/failure.ts';
import type { Outcome, OutcomeError, OutcomeStatus } from '../domain/outcome/outcome.ts';
import { isWrite, type Attempt } from './attempt.ts';
import { changeIn, type Conclusion } from './conclusion.ts';
import { iso } from '../domain/iso-time.ts';

interface Report {
  readonly id: string;
  readonly status: OutcomeStatus;
  readonly error: OutcomeError | null;
  readonly retryAt: number | null;
  readonly finishedAt: number;
}

/** The outcome of an attempt, in the shape that people and programs read. */
export function describeOutcome(attempt: Attempt, conclusion: Conclusion, report: Report): Outcome {
  const { cause: why, taken } = attempt;
  const { externalId = taken.externalId } = conclusion;
  return {
    id: report.id,
    status: report.status,
    requestId: reportedRequest(attempt.requests)?.requestId ?? null,
    cause: { ...why, receivedAt: why.receivedAt === null ? null : iso(why.receivedAt) },
    customerId: attempt.customerId,
    subscriptionIds: conclusion.subscriptionIds,
    identity: {
      externalId,
      // What is known of the identity that the customer had before is not of this one.
      id: conclusion.identityId ?? (externalId === taken.externalId ? taken.identityId : null),
    },
    plan: { from: taken.plan, to: conclusion.plan === undefined ? taken.plan : conclusion.plan },
    planFile: attempt.plans.hash,
    change: changeIn(conclusion),
    explanation: [...attempt.notes, ...conclusion.explanation],
    confirmedAt: null,
    error: report.error,
    attempt: taken.attempts + 1,
    retryAt: report.retryAt === null ? null : iso(report.retryAt),
    requests: attempt.requests,
    startedAt: iso(attempt.startedAt),
    finishedAt: iso(report.finishedAt),
    durationMs: report.finishedAt - attempt.startedAt,
  };
}

/**
 * The request a person would ask Unkey about: the write if there was one, else the last read; of the identity rather than
 * of an override, unless that one could not be set.
 */
function reportedRequest(requests: readonly RequestTrace[]): RequestTrace | undefined {
  const unkey = requests.filter((request) => request.service === 'unkey');
  const writes = unkey.filter(isWrite);
  const asked = writes.length > 0 ? writes : unkey;
  const last = asked.at(-1);
  if (last !== undefined && isWrite(last) && last.status !== 200) return last;
  return asked.findLast(({ operation }) => operation.startsWith('identities.')) ?? last;
}
