import { failureCode } from '../domain/upstream/failure.ts';
import type { OutcomeError, OutcomeStatus } from '../domain/outcome/outcome.ts';
import type { Ending } from '../domain/customer/record-transitions.ts';
import { stopsQueue, type WaitingNext } from '../domain/upstream/circuit.ts';
import type { Waits } from '../domain/upstream/waits.ts';
import { backoffMs, whatNext, type Next } from '../domain/upstream/what-next.ts';
import type { Verdict } from '../domain/work.ts';
import type { Attempt, Conclusion } from './attempt.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';

export interface PlanDeps {
  readonly breaker: Pick<CircuitBreaker, 'begin'>;
  readonly settings: { readonly attempts: number };
  readonly waits: Waits;
  readonly random: () => number;
}

/** What becomes of an attempt: in its outcome, in the record and in the queue. */
export interface Plan {
  readonly status: OutcomeStatus;
  readonly ending: Ending;
  readonly verdict: Verdict;
  readonly error: OutcomeError | null;
  readonly retryAt: number | null;
  /** The outcome that tells of an open circuit, for all attempts that run into it; null: this attempt has its own. */
  readonly reportId: string | null;
}

export async function planFor(
  deps: PlanDeps,
  attempt: Attempt,
  conclusion: Conclusion,
  now: number,
  outcomeId: string,
): Promise<Plan> {
  const done: Verdict = { kind: 'done' };
  switch (conclusion.kind) {
    case 'applied':
    case 'unchanged':
    case 'held':
      return { ...succeeded, status: conclusion.kind, verdict: done };
    case 'ignored':
    case 'superseded':
      return { ...succeeded, status: 'ignored', verdict: done };
    case 'interrupted':
      return retrying(workerPaused, deps.waits.backoffMs, false, now);
    case 'refused': {
      const error = { title: 'Not decided', status: null, docs: null, retryable: false, ...conclusion.error };
      const complete: OutcomeError = { code: 'unknown', detail: '', ...error };
      return { ...failed(complete), ending: { kind: 'failed', code: complete.code }, verdict: done };
    }
    case 'upstream':
      return planForFailure(deps, attempt, conclusion, now, outcomeId);
  }
}

const workerPaused: OutcomeError = {
  code: 'worker_paused',
  title: 'The worker stood still',
  detail: 'The process of this worker did not run for longer than it may hold a job; the sync is made again.',
  status: null,
  docs: null,
  retryable: true,
};

const succeeded = { ending: { kind: 'succeeded' }, error: null, retryAt: null, reportId: null } as const;

function failed(error: OutcomeError) {
  return { status: 'failed', error, retryAt: null, reportId: null } as const;
}

async function planForFailure(
  deps: PlanDeps,
  attempt: Attempt,
  conclusion: Conclusion,
  now: number,
  outcomeId: string,
): Promise<Plan> {
  const next = nextFor(conclusion);
  const error = describeError(conclusion, next);
  switch (next.class) {
    case 'throttled':
      return wait(deps, conclusion, next, error, { now, outcomeId });
    case 'misconfigured':
      if (next.scope === 'queue') return wait(deps, conclusion, next, error, { now, outcomeId });
      return retryOrGiveUp(deps, attempt, error, null, now);
    case 'transient':
      return retryOrGiveUp(deps, attempt, error, next.retryAfterMs, now);
    case 'permanent':
      return { ...failed(error), ending: { kind: 'failed', code: error.code }, verdict: { kind: 'done' } };
  }
}

async function wait(
  deps: PlanDeps,
  conclusion: Conclusion,
  next: WaitingNext,
  error: OutcomeError,
  { now, outcomeId }: { readonly now: number; readonly outcomeId: string },
): Promise<Plan> {
  const { failure } = conclusion;
  if (failure === undefined) return retrying(error, deps.waits.repairProbeMs, false, now);
  const { delayMs, reportId } = await deps.breaker.begin(failure.service, failure, next, now, outcomeId);
  const verdict: Verdict = { kind: stopsQueue(failure.service, next.class) ? 'wait' : 'later', delayMs };
  return { ...retrying(error, delayMs, false, now), verdict, reportId };
}

function retryOrGiveUp(
  deps: PlanDeps,
  attempt: Attempt,
  error: OutcomeError,
  retryAfterMs: number | null,
  now: number,
): Plan {
  const attempts = attempt.taken.attempts + 1;
  if (attempts < deps.settings.attempts) {
    return retrying(error, backoffMs(attempts, retryAfterMs, deps.random(), deps.waits), true, now);
  }
  const ending = { kind: 'exhausted', retryAt: now + deps.waits.failingRetryMs, code: error.code } as const;
  return { ...failed(error), ending, verdict: { kind: 'done' } };
}

function retrying(error: OutcomeError, delayMs: number, counted: boolean, now: number): Plan {
  const retryAt = now + delayMs;
  return {
    status: 'retrying',
    ending: { kind: 'retrying', retryAt, code: error.code, counted },
    verdict: { kind: 'retry', delayMs },
    error,
    retryAt,
    reportId: null,
  };
}

function nextFor(conclusion: Conclusion): Next {
  if (conclusion.failure === undefined || conclusion.passing === true) {
    return { class: 'transient', retryAfterMs: null };
  }
  return whatNext(conclusion.failure);
}

function describeError(conclusion: Conclusion, next: Next): OutcomeError {
  const failure = conclusion.failure;
  return {
    code: failure === undefined ? 'unknown' : failureCode(failure),
    title: failure?.title ?? 'Unknown',
    detail: next.class === 'misconfigured' ? next.remedy : (failure?.detail ?? ''),
    status: failure?.status ?? null,
    docs: failure?.docs ?? null,
    retryable: next.class !== 'permanent',
  };
}
