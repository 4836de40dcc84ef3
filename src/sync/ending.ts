import type { Ending } from '../domain/customer/customer-record.ts';
import type { OutcomeError, OutcomeStatus } from '../domain/outcome/outcome.ts';
import { stopsQueue, type WaitingNext } from '../domain/upstream/circuit.ts';
import { failureCode, type UpstreamFailure } from '../domain/upstream/failure.ts';
import type { Waits } from '../domain/upstream/waits.ts';
import { backoffMs, longestBackoffMs, whatNext, type Next } from '../domain/upstream/what-next.ts';
import type { Verdict } from '../domain/work.ts';
import type { Conclusion } from './conclusion.ts';

/** What becomes of an attempt: in its outcome, in the record and in the queue. */
export interface Ends {
  readonly status: OutcomeStatus;
  readonly ending: Ending;
  readonly verdict: Verdict;
  readonly error: OutcomeError | null;
  readonly retryAt: number | null;
}

/** The upstream refuses everybody: how long this attempt waits is for the circuit breaker to say. */
export interface Trips {
  readonly trips: WaitingNext;
  readonly failure: UpstreamFailure;
  readonly error: OutcomeError;
}

export interface EndingRules {
  /** Attempts since the last success, this one included, and how many there may be. */
  readonly attempt: number;
  readonly attempts: number;
  /** When the first of them failed that is tried again. */
  readonly retryingSince: number | null;
  readonly waits: Waits;
  /** The time to confirm what was written before had come, and nothing that it sent can have been taken. */
  readonly lookedInVain: boolean;
  /** From 0 to 1. */
  readonly random: number;
  readonly now: number;
}

export function endingOf(conclusion: Conclusion, rules: EndingRules): Ends | Trips {
  switch (conclusion.kind) {
    case 'applied':
    case 'unchanged':
    case 'held':
    case 'ignored':
      return succeeded(conclusion.kind);
    case 'superseded':
      return succeeded('ignored');
    case 'interrupted':
      return retrying(workerPaused, rules.waits.backoffMs, false, rules.now);
    case 'refused':
      return failedForGood({ ...conclusion.error, status: null, docs: null, retryable: false }, rules);
    case 'upstream':
      return afterFailure(conclusion.failure, conclusion.passes, rules);
  }
}

/** What becomes of an attempt that met an open circuit, or opened it. */
export function afterTrip({ trips, failure, error }: Trips, delayMs: number, now: number): Ends {
  const kind = stopsQueue(failure.service, trips.class) ? 'wait' : 'later';
  return { ...retrying(error, delayMs, false, now), verdict: { kind, delayMs } };
}

function afterFailure(failure: UpstreamFailure, passes: boolean, rules: EndingRules): Ends | Trips {
  const next: Next = passes ? { class: 'transient', retryAfterMs: null } : whatNext(failure);
  const error = describeError(failure, next);
  switch (next.class) {
    case 'throttled':
      return { trips: next, failure, error };
    case 'misconfigured':
      return next.scope === 'queue' ? { trips: next, failure, error } : retryOrGiveUp(error, null, rules);
    case 'transient':
      return retryOrGiveUp(error, next.retryAfterMs, rules);
    case 'permanent':
      return failedForGood(error, rules);
  }
}

function succeeded(status: OutcomeStatus): Ends {
  return { status, ending: { kind: 'succeeded' }, verdict: { kind: 'done' }, error: null, retryAt: null };
}

function failedForGood(error: OutcomeError, { lookedInVain, now, waits }: EndingRules): Ends {
  const confirmFrom = lookedInVain ? now + waits.failingRetryMs : null;
  return failed(error, { kind: 'failed', code: error.code, confirmFrom });
}

function failed(error: OutcomeError, ending: Ending): Ends {
  return { status: 'failed', ending, verdict: { kind: 'done' }, error, retryAt: null };
}

function retryOrGiveUp(error: OutcomeError, retryAfterMs: number | null, rules: EndingRules): Ends {
  const { attempt, attempts, waits, random, retryingSince, now } = rules;
  const lastsMs = now - (retryingSince ?? now);
  if (attempt < attempts)
    return retrying(error, backoffMs(attempt, retryAfterMs, random, waits, lastsMs), true, now);
  const delayMs = longestBackoffMs(lastsMs, waits);
  return failed(error, { kind: 'exhausted', retryAt: now + delayMs, code: error.code });
}

function retrying(error: OutcomeError, delayMs: number, counted: boolean, now: number): Ends {
  const retryAt = now + delayMs;
  return {
    status: 'retrying',
    ending: { kind: 'retrying', retryAt, code: error.code, counted },
    verdict: { kind: 'retry', delayMs },
    error,
    retryAt,
  };
}

const workerPaused: OutcomeError = {
  code: 'worker_paused',
  title: 'The worker stood still',
  detail: 'The process of this worker did not run for longer than it may hold a job; the sync is made again.',
  status: null,
  docs: null,
  retryable: true,
};

function describeError(failure: UpstreamFailure, next: Next): OutcomeError {
  const { title, detail, status, docs } = failure;
  return {
    code: failureCode(failure),
    title,
    detail: next.class === 'misconfigured' ? next.remedy : detail,
    status,
    docs,
    retryable: next.class !== 'permanent',
  };
}
