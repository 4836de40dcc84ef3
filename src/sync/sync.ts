import { cause, whyRun } from '../domain/customer/cause.ts';
import { markDirty, takeTicket } from '../domain/customer/record-transitions.ts';
import { checkInTime } from '../domain/customer/next-check.ts';
import { joinedBy } from '../domain/customer/trace-origin.ts';
import { isStaleIn } from '../domain/plan-file/lease.ts';
import { catalogEpochName, planFileLeaseName } from '../domain/shared-names.ts';
import { noSpan, noTracer, type SpanStart } from '../domain/tracing.ts';
import type { RequestTrace } from '../domain/upstream/failure.ts';
import type { Verdict } from '../domain/work.ts';
import { admit } from './admit.ts';
import { noting, type Attempt } from './attempt.ts';
import { stateName, upstreams } from './circuit-breaker.ts';
import { conclude } from './conclude.ts';
import { confirm } from './confirm.ts';
import { fullRun } from './full-run.ts';
import type { SyncDeps } from './ports.ts';

/** A process that runs an old plan file leaves its customers to the others; it will soon have stopped taking any. */
const staleProcessMs = 500;

/** What the queue says of the job, and is told of it. */
export type SyncContext = Pick<Attempt, 'lost' | 'releaseSlot'>;

/** One sync of one customer, from the ticket to the outcome. Rejects only when the store does. */
export function createSync(deps: SyncDeps): (customerId: string, context: SyncContext) => Promise<Verdict> {
  const { tracer = noTracer } = deps;
  return async (customerId, { lost, releaseSlot }) => {
    const since = tracer.clock();
    const requests: RequestTrace[] = [];
    const begun = {
      customerId,
      plans: deps.plans(),
      startedAt: deps.now(),
      requests,
      lost,
      releaseSlot,
      notes: [],
    };
    const { attempt, run, states } = await takeUp(deps, { ...noting(deps, requests), ...begun });
    // What waits leaves the record as it is: it is dirty or due, and whoever takes the next ticket goes on from here.
    if (run === 'stale') return { kind: 'later', delayMs: staleProcessMs };
    if (run === 'nothing') return putCheckInTime(deps, attempt);
    const admitted = await admit(deps, run, states, attempt.startedAt);
    if (admitted.kind === 'wait') return admitted.verdict;
    return tracer.run(spanStart(attempt, run, since), async (span) => {
      const traced = { ...attempt, span };
      const verdict =
        run === 'full'
          ? await conclude(deps, traced, await fullRun(deps, traced))
          : await confirmed(deps, traced, admitted.unkeyAlone);
      await admitted.ended(requests);
      return verdict;
    });
  };
}

function spanStart(attempt: Attempt, run: 'full' | 'confirm', since: number): SpanStart {
  const { customerId, cause: why, joined, taken } = attempt;
  return {
    name: run === 'full' ? 'sync' : 'confirm',
    kind: 'consumer',
    since,
    ...joined,
    attributes: {
      'planwire.customer.id': customerId,
      'planwire.cause': why.kind,
      'planwire.event.ids': why.eventIds,
      'planwire.attempt': taken.attempts + 1,
    },
  };
}

type Begun = Omit<Attempt, 'taken' | 'cause' | 'span' | 'joined'>;

/** The last write is read back; where that does not end it, the identity is looked at afresh. */
async function confirmed(deps: SyncDeps, attempt: Attempt, unkeyAlone: boolean): Promise<Verdict> {
  const found = await confirm(deps, attempt);
  if (found.kind === 'confirmed') return { kind: 'done' };
  if (found.kind === 'conclusion') return conclude(deps, attempt, found.conclusion);
  if (unkeyAlone) return leaveForLater(deps, attempt);
  attempt.notes.push('The identity was not as it was last written: it is looked at afresh.');
  return conclude(deps, attempt, await fullRun(deps, attempt));
}

interface TakenUp {
  readonly attempt: Attempt;
  readonly run: ReturnType<typeof whyRun>['run'] | 'stale';
  /** What is shared of the circuit breaker of each upstream. */
  readonly states: readonly (string | null)[];
}

const sharedNames = [planFileLeaseName, catalogEpochName, ...upstreams.map(stateName)];

/** Takes the ticket, and reads what every process shares with it: whoever changes that marks the customer afterwards. */
async function takeUp(deps: SyncDeps, begun: Begun): Promise<TakenUp> {
  const { plans, startedAt } = begun;
  const { record: taken, shared } = await deps.attempts.begin(begun.customerId, takeTicket, sharedNames);
  const [lease, epoch, ...states] = shared;
  const { run, kind } = whyRun(taken, plans.hash, startedAt, deps.settings.confirmAfterMs);
  const why = taken.inFlight ?? cause(kind);
  const joined = joinedBy(taken, run === 'confirm' ? 'confirm' : 'full', why.kind);
  const attempt: Attempt = { ...begun, taken, cause: why, span: noSpan, joined };
  // A process that still runs the old plan file would undo what the others do with the new one.
  if (isStaleIn(lease ?? null, plans.hash)) return { attempt, run: 'stale', states };
  deps.useCatalogEpoch(Number(epoch ?? 0));
  return { attempt, run, states };
}

async function putCheckInTime(
  { customers, settings }: SyncDeps,
  { customerId, taken, startedAt }: Attempt,
): Promise<Verdict> {
  await customers.change(customerId, (record) =>
    checkInTime(record, taken.ticket, startedAt, settings.confirmAfterMs),
  );
  return { kind: 'done' };
}

/** A full run is due, for which Stripe is needed. */
async function leaveForLater(
  { customers, waits }: SyncDeps,
  { customerId, startedAt }: Attempt,
): Promise<Verdict> {
  await customers.change(customerId, (record) => markDirty(record, cause('confirm'), startedAt));
  return { kind: 'later', delayMs: waits.repairProbeMs };
}
