import { cause } from '../domain/customer/cause.ts';
import type { CustomerRecord } from '../domain/customer/customer-record.ts';
import { leaveBehind, settle, type Findings } from '../domain/customer/record-transitions.ts';
import { originSettled } from '../domain/customer/trace-origin.ts';
import type { Outcome } from '../domain/outcome/outcome.ts';
import type { Span } from '../domain/tracing.ts';
import type { Verdict } from '../domain/work.ts';
import { isWrite, mayHaveWritten, type Attempt } from './attempt.ts';
import { tellHolder } from './claim-identity.ts';
import { changeIn, isUnknown, type Conclusion } from './conclusion.ts';
import { describeOutcome } from './describe-outcome.ts';
import { afterTrip, endingOf, type Ends } from './ending.ts';
import { confirmed, isConfirmationDue } from './findings.ts';
import type { SyncDeps } from './ports.ts';

/** Writes down what an attempt came to, tells of it, and asks for what follows from it. */
export async function conclude(deps: SyncDeps, attempt: Attempt, conclusion: Conclusion): Promise<Verdict> {
  attempt.releaseSlot();
  const now = deps.now();
  const { taken } = attempt;
  const { confirmAfterMs } = deps.settings;
  const id = deps.newOutcomeId(now);
  const { ends, reportId } = await endingWithBreaker(deps, attempt, conclusion, now, id);
  const outcome = describeOutcome(attempt, conclusion, { ...ends, id, finishedAt: now });
  const findings = { ...conclusion.findings, ...ofLastWrite(attempt, conclusion, id, confirmAfterMs, now) };
  const { span, joined } = attempt;
  const { settled, written } = await span.stage('conclude', () =>
    write(deps, attempt, { reportId, outcome, ours: writtenTo(attempt, conclusion) }, (record) => {
      if (record.ticket !== taken.ticket) return leaveBehind(record, conclusion.externalId ?? null, now);
      const after = settle(record, taken, ends.ending, findings, now, confirmAfterMs);
      return originSettled(after, taken, joined, span.traceparent);
    }),
  );
  tellSpan(span, outcome);
  if (written !== null) deps.announce(written);
  await followUp(deps, attempt, conclusion, settled);
  if (isUnknown(conclusion) && holdsNothing(settled)) await deps.customers.forget(settled);
  return ends.verdict;
}

function tellSpan(span: Span, { id, status, requestId, identity, error }: Outcome): void {
  span.set({
    'planwire.outcome.id': id,
    'planwire.outcome.status': status,
    'planwire.request_id': requestId,
    'planwire.identity.id': identity.id,
  });
  if (error !== null) span.fail(error.code);
}

/** `reportId`: the outcome that tells of an open circuit, for all attempts that run into it; null: it has its own. */
async function endingWithBreaker(
  { breaker, settings, waits, random }: SyncDeps,
  attempt: Attempt,
  conclusion: Conclusion,
  now: number,
  outcomeId: string,
): Promise<{ readonly ends: Ends; readonly reportId: string | null }> {
  const { attempts, confirmAfterMs } = settings;
  const lookedInVain =
    isConfirmationDue(attempt.taken, confirmAfterMs, attempt.startedAt) &&
    !attempt.requests.some(mayHaveWritten);
  const { attempts: before, retryingSince } = attempt.taken;
  const tries = { attempt: before + 1, attempts, retryingSince };
  const rules = { ...tries, waits, lookedInVain, random: random(), now };
  const ends = endingOf(conclusion, rules);
  if (!('trips' in ends)) return { ends, reportId: null };
  const { failure, trips } = ends;
  const { delayMs, reportId } = await breaker.begin(failure.service, failure, trips, now, outcomeId);
  return { ends: afterTrip(ends, delayMs, now), reportId };
}

/**
 * The outcome, then the record, or both at once: a crash in between repeats the attempt and reports it again, whereas
 * the other order could change an identity without a trace. `written` is what is news; null: one outcome tells of it
 * already, for many attempts.
 */
async function write(
  deps: SyncDeps,
  { customerId, taken }: Attempt,
  { reportId, outcome, ours }: Ending,
  transition: (record: CustomerRecord) => CustomerRecord,
): Promise<{ readonly settled: CustomerRecord; readonly written: Outcome | null }> {
  const { attempts, customers, breaker } = deps;
  if (reportId === null) {
    const kept = { outcome, ticket: taken.ticket };
    for (let claimed = ours; ; claimed = null) {
      const ended = await attempts.end(customerId, transition, kept, claimed);
      if ('record' in ended) return { settled: ended.record, written: outcome };
      // Told before the record says that the sync is over, or a crash would keep it from hearing of it.
      await deps.requestSync(ended.holder, cause('retry'));
    }
  }
  if (ours !== null) await tellHolder(deps, ours, customerId);
  const written = await breaker.report(reportId, outcome);
  return { settled: await customers.change(customerId, transition), written };
}

interface Ending {
  readonly reportId: string | null;
  readonly outcome: Outcome;
  /** The identity that was written to, whose holder hears of it where that is another customer by now; null: none was. */
  readonly ours: string | null;
}

/** What was sent to the identities that the customer left has been looked after where it was sent. */
function writtenTo({ requests }: Attempt, { externalId }: Conclusion): string | null {
  return requests.some(isWrite) ? (externalId ?? null) : null;
}

/** Anybody may ask for a sync of any id; only what leads to an identity, or is still asked for, is kept. */
function holdsNothing({ externalId, movedFrom, dirtySince, nextCheckAt }: CustomerRecord): boolean {
  return externalId === null && movedFrom.length === 0 && dirtySince === null && nextCheckAt === null;
}

/**
 * Which outcome tells of the last write. Where nothing can be decided for an identity, or another customer decides for
 * it, its last write is confirmed once and then let go: looking again and again would find the same and end in a
 * complaint about other writers.
 */
function ofLastWrite(
  { requests, taken }: Attempt,
  conclusion: Conclusion,
  outcomeId: string,
  confirmAfterMs: number,
  now: number,
): Findings {
  const { kind } = conclusion;
  // What is refused here may have sent something to the identity that the customer left.
  const tells = kind === 'applied' || kind === 'held' || kind === 'refused';
  if (tells && changeIn(conclusion) !== null && requests.some(isWrite))
    return { lastWriteOutcomeId: outcomeId };
  const decides = kind !== 'ignored' && kind !== 'refused';
  return decides || !isConfirmationDue(taken, confirmAfterMs, now) ? {} : confirmed;
}

/**
 * A sync that woke up late may have written over a newer one, or claimed what that one does not know of: whoever is
 * newest decides again (P2). A write that got no answer counts: it may have arrived.
 */
async function followUp(
  deps: SyncDeps,
  { customerId, taken, requests }: Attempt,
  { externalId }: Conclusion,
  settled: CustomerRecord,
): Promise<void> {
  if (settled.ticket === taken.ticket) return;
  if (requests.some(isWrite) || settled.movedFrom.some((id) => id === externalId))
    await deps.requestSync(customerId, cause('retry'));
}
