import { hasPassed } from '../domain/deadline.ts';
import type { CustomerRecord } from '../domain/customer/customer-record.ts';
import type { Outcome } from '../domain/outcome/outcome.ts';
import { cause } from '../domain/customer/cause.ts';
import { settle } from '../domain/customer/record-transitions.ts';
import type { Verdict } from '../domain/work.ts';
import type { Attempt, Conclusion } from './attempt.ts';
import { describeOutcome, isWrite } from './describe-outcome.ts';
import { planFor, type PlanDeps } from './ending.ts';
import type { CustomerStore, OutcomeStore } from '../domain/ports.ts';
import type { RequestSync } from './request-sync.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';

export interface ConcludeDeps extends PlanDeps {
  readonly customers: Pick<CustomerStore, 'change' | 'forget'>;
  readonly outcomes: Pick<OutcomeStore, 'put'>;
  readonly requestSync: RequestSync;
  readonly breaker: Pick<CircuitBreaker, 'begin' | 'report'>;
  readonly settings: { readonly attempts: number; readonly confirmAfterMs: number };
  readonly now: () => number;
  readonly newOutcomeId: (now: number) => string;
  /** Told of every outcome once it is stored: the log line and the metrics. */
  readonly announce: (outcome: Outcome) => void;
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
  const written = await write(deps, plan.reportId, outcome, attempt.taken.ticket);
  // What is refused here may have sent something to the identity that the customer left.
  const tells = ['applied', 'held', 'refused'].includes(conclusion.kind);
  const wrote = tells && Boolean(conclusion.change) && attempt.requests.some(isWrite);
  const findings = {
    ...conclusion.findings,
    ...(wrote ? { lastWriteOutcomeId: outcome.id } : nothingToConfirm(deps, attempt, conclusion, now)),
  };
  const settled = await deps.customers.change(attempt.customerId, (record) =>
    settle(record, attempt.taken, plan.ending, findings, now, deps.settings.confirmAfterMs),
  );
  if (written !== null) deps.announce(written);
  await followUp(deps, attempt, settled);
  if (conclusion.unknown === true && holdsNothing(settled)) await deps.customers.forget(settled);
  return plan.verdict;
}

/** Answers what is news; null: one outcome tells of it already, for many attempts. */
async function write(
  { outcomes, breaker }: ConcludeDeps,
  reportId: string | null,
  outcome: Outcome,
  ticket: number,
): Promise<Outcome | null> {
  if (reportId !== null) return breaker.report(reportId, outcome);
  await outcomes.put(outcome, ticket);
  return outcome;
}

/** Anybody may ask for a sync of any id; only what leads to an identity, or is still asked for, is kept. */
function holdsNothing({ externalId, movedFrom, dirtySince, nextCheckAt }: CustomerRecord): boolean {
  return externalId === null && movedFrom.length === 0 && dirtySince === null && nextCheckAt === null;
}

/**
 * Where nothing can be decided for an identity, or another customer decides for it, its last write is confirmed once
 * and then let go: looking again and again would find the same and end in a complaint about other writers.
 */
function nothingToConfirm(
  { settings }: ConcludeDeps,
  { taken }: Attempt,
  { kind }: Conclusion,
  now: number,
): Conclusion['findings'] {
  const { unconfirmedSince } = taken;
  const decides = kind !== 'ignored' && kind !== 'refused';
  if (decides || unconfirmedSince === null || !hasPassed(unconfirmedSince, settings.confirmAfterMs, now))
    return {};
  return { unconfirmedSince: null, driftRounds: 0 };
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
