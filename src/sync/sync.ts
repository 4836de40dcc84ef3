import { cause } from '../domain/customer/cause.ts';
import { markDirty, takeTicket } from '../domain/customer/record-transitions.ts';
import { checkInTime } from '../domain/customer/next-check.ts';
import { whyRun } from '../domain/customer/why-run.ts';
import { isStaleIn } from '../domain/plan-file/lease.ts';
import { catalogEpochName, planFileLeaseName } from '../domain/shared-names.ts';
import type { RequestTrace } from '../domain/upstream/failure.ts';
import type { Verdict } from '../domain/work.ts';
import { admit } from './admit.ts';
import { noting, type Attempt } from './attempt.ts';
import { conclude } from './conclude.ts';
import { confirm } from './confirm.ts';
import { fullRun } from './full-run.ts';
import type { SyncDeps } from './ports.ts';

/** A process that runs an old plan file leaves its customers to the others; it will soon have stopped taking any. */
const staleProcessMs = 500;

/** One sync of one customer, from the ticket to the outcome. Rejects only when the store does. */
export function createSync(
  deps: SyncDeps,
): (customerId: string, context: { lost(): boolean }) => Promise<Verdict> {
  return async (customerId, { lost }) => {
    const plans = deps.plans();
    const startedAt = deps.now();
    const admitted = await admit(deps, customerId, plans.hash, startedAt);
    if (admitted.kind === 'wait') return admitted.verdict;
    const requests: RequestTrace[] = [];
    const upstreams = noting(deps, requests);
    const begun = { ...upstreams, customerId, plans, startedAt, requests, lost, notes: [] };
    const verdict = await attemptOnce(deps, begun, admitted.unkeyAlone);
    await admitted.ended(requests);
    return verdict;
  };
}

type Begun = Omit<Attempt, 'taken' | 'cause'>;

async function attemptOnce(deps: SyncDeps, begun: Begun, unkeyAlone: boolean): Promise<Verdict> {
  const { attempt, run } = await takeUp(deps, begun);
  switch (run) {
    case 'stale':
      return { kind: 'later', delayMs: staleProcessMs };
    case 'nothing':
      return putCheckInTime(deps, attempt);
    case 'confirm': {
      const confirmed = await confirm(deps, attempt);
      if (confirmed.kind === 'confirmed') return { kind: 'done' };
      if (confirmed.kind === 'conclusion') return conclude(deps, attempt, confirmed.conclusion);
      if (unkeyAlone) return leaveForLater(deps, attempt);
      attempt.notes.push('The identity was not as it was last written: it is looked at afresh.');
      return conclude(deps, attempt, await fullRun(deps, attempt));
    }
    case 'full':
      return conclude(deps, attempt, await fullRun(deps, attempt));
  }
}

/** Takes the ticket, and reads what every process shares after it: whoever changes that marks the customer afterwards. */
async function takeUp(
  deps: SyncDeps,
  begun: Begun,
): Promise<{ readonly attempt: Attempt; readonly run: ReturnType<typeof whyRun>['run'] | 'stale' }> {
  const { plans, startedAt } = begun;
  const taken = await deps.customers.change(begun.customerId, takeTicket);
  const [lease, epoch] = await Promise.all([
    deps.shared.get(planFileLeaseName),
    deps.shared.get(catalogEpochName),
  ]);
  const { run, kind } = whyRun(taken, plans.hash, startedAt, deps.settings.confirmAfterMs);
  const attempt: Attempt = { ...begun, taken, cause: taken.inFlight ?? cause(kind) };
  // A process that still runs the old plan file would undo what the others do with the new one.
  if (isStaleIn(lease, plans.hash)) return { attempt, run: 'stale' };
  deps.useCatalogEpoch(Number(epoch ?? 0));
  return { attempt, run };
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
