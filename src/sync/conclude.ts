import type { CustomerRecord } from '../domain/customer-record.ts';
import type { Upstream } from '../domain/failure.ts';
import type { Outcome, OutcomeError, OutcomeStatus } from '../domain/outcome.ts';
import { settle, cause, type Ending } from '../domain/record-transitions.ts';
import type { Waits } from '../domain/waits.ts';
import { backoffMs, whatNext, type Next } from '../domain/what-next.ts';
import type { Verdict } from '../domain/work.ts';
import type { Attempt, Conclusion } from './attempt.ts';
import { describeOutcome, isWrite } from './describe-outcome.ts';
import type { CustomerStore, OutcomeStore } from './ports.ts';
import type { RequestSync } from './request-sync.ts';
import type { Waiting, WaitingNext } from './waiting.ts';

export interface ConcludeDeps {
  readonly customers: Pick<CustomerStore, 'change'>;
  readonly outcomes: Pick<OutcomeStore, 'put'>;
  readonly requestSync: RequestSync;
  readonly waiting: Waiting;
  readonly settings: { readonly attempts: number; readonly confirmAfterMs: number };
  readonly waits: Waits;
  readonly now: () => number;
  readonly random: () => number;
  readonly newOutcomeId: (now: number) => string;
  /** Told of every outcome once it is stored: the log line and the metrics. */
  readonly announce: (outcome: Outcome) => void;
}

interface Plan {
  readonly status: OutcomeStatus;
  readonly ending: Ending;
  readonly verdict: Verdict;
  readonly error: OutcomeError | null;
  readonly retryAt: number | null;
  /** An upstream whose state an earlier attempt has reported: this one only adds its requests there. */
  readonly joins: Upstream | null;
}

/**
 * Writes down what an attempt came to: the outcome first, then the record. A crash in between repeats the attempt and
 * reports it again; the other order could change an identity without a trace.
 */
export async function conclude(
  deps: ConcludeDeps,
  attempt: Attempt,
  conclusion: Conclusion,
): Promise<Verdict> {
  const now = deps.now();
  const id = deps.newOutcomeId(now);
  const plan = await planFor(deps, attempt, conclusion, now, id);
  const outcome = describeOutcome(attempt, conclusion, { ...plan, id, finishedAt: now });
  if (plan.joins === null) await deps.outcomes.put(outcome);
  else await deps.waiting.join(plan.joins, attempt.requests);
  if (conclusion.kind !== 'upstream') await deps.waiting.passed(attempt.requests);
  const wrote =
    conclusion.kind === 'applied' || (conclusion.kind === 'held' && conclusion.change !== undefined);
  const findings = wrote ? { ...conclusion.findings, lastWriteOutcomeId: outcome.id } : conclusion.findings;
  const settled = await deps.customers.change(attempt.customerId, (record) =>
    settle(record, attempt.taken, plan.ending, findings, now, deps.settings.confirmAfterMs),
  );
  if (plan.joins === null) deps.announce(outcome);
  await followUp(deps, attempt, settled);
  return plan.verdict;
}

/**
 * A sync that woke up late may have written over a newer one: whoever is newest decides again (P2). A write that got no
 * answer counts: it may have arrived.
 */
async function followUp(deps: ConcludeDeps, attempt: Attempt, settled: CustomerRecord): Promise<void> {
  const superseded = settled.ticket !== attempt.taken.ticket;
  if (superseded && attempt.requests.some(isWrite))
    await deps.requestSync(attempt.customerId, cause('retry'));
}

async function planFor(
  deps: ConcludeDeps,
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
    case 'refused': {
      const error = { title: 'Not decided', status: null, docs: null, retryable: false, ...conclusion.error };
      const complete: OutcomeError = { code: 'unknown', detail: '', ...error };
      return { ...failed(complete), ending: { kind: 'failed', code: complete.code }, verdict: done };
    }
    case 'upstream':
      return planForFailure(deps, attempt, conclusion, now, outcomeId);
  }
}

const succeeded = { ending: { kind: 'succeeded' }, error: null, retryAt: null, joins: null } as const;

function failed(error: OutcomeError) {
  return { status: 'failed', error, retryAt: null, joins: null } as const;
}

async function planForFailure(
  deps: ConcludeDeps,
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
  deps: ConcludeDeps,
  conclusion: Conclusion,
  next: WaitingNext,
  error: OutcomeError,
  { now, outcomeId }: { readonly now: number; readonly outcomeId: string },
): Promise<Plan> {
  const { failure } = conclusion;
  if (failure === undefined) return retrying(error, deps.waits.repairProbeMs, false, now);
  const { delayMs, first } = await deps.waiting.begin(failure, next, now, outcomeId);
  return { ...retrying(error, delayMs, false, now), joins: first ? null : failure.service };
}

function retryOrGiveUp(
  deps: ConcludeDeps,
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
    verdict: { kind: counted ? 'retry' : 'wait', delayMs },
    error,
    retryAt,
    joins: null,
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
    code: failure === undefined ? 'unknown' : errorCode(failure),
    title: failure?.title ?? 'Unknown',
    detail: next.class === 'misconfigured' ? next.remedy : (failure?.detail ?? ''),
    status: failure?.status ?? null,
    docs: failure?.docs ?? null,
    retryable: next.class !== 'permanent',
  };
}

/** The last part of Unkey's error link or Stripe's code; without one, what went wrong on the way. */
function errorCode(failure: NonNullable<Conclusion['failure']>): string {
  const named = failure.type?.split('/').at(-1);
  if (named !== undefined && named !== '') return named;
  return failure.kind === 'http'
    ? `http_${failure.status ?? 'unknown'}`
    : `${failure.service}_${failure.kind}`;
}
