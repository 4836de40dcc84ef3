import { catalogEpochName, planFileHashName } from '../domain/shared-names.ts';
import { cause } from '../domain/customer/cause.ts';
import { checkInTime, takeTicket } from '../domain/customer/record-transitions.ts';
import type { RequestTrace } from '../domain/upstream/failure.ts';
import { whyRun } from '../domain/customer/why-run.ts';
import type { Verdict } from '../domain/work.ts';
import type { Attempt, Plans } from './attempt.ts';
import { conclude, type ConcludeDeps } from './conclude.ts';
import { confirm, type ConfirmDeps } from './confirm.ts';
import { fullRun, type FullRunDeps } from './full-run.ts';
import type { SharedValues } from '../domain/ports.ts';
import { upstreams, type Waiting } from './circuit-breaker.ts';

export type SyncDeps = FullRunDeps & ConfirmDeps & ConcludeDeps & OwnDeps;

interface OwnDeps {
  readonly shared: Pick<SharedValues, 'get'>;
  readonly waiting: Waiting;
  readonly plans: () => Plans;
  /** The catalogue's epoch as the store has it: an old cache is emptied by it. */
  readonly useCatalogEpoch: (epoch: number) => void;
}

/** How long a process that runs an old plan file leaves a customer to the others. */
const staleProcessMs = 5_000;

/** One sync of one customer, from the ticket to the outcome. Rejects only when the store does. */
export function createSync(
  deps: SyncDeps,
): (customerId: string, context: { lost(): boolean }) => Promise<Verdict> {
  return async (customerId, { lost }) => {
    const plans = deps.plans();
    const [currentHash, epoch] = await Promise.all([
      deps.shared.get(planFileHashName),
      deps.shared.get(catalogEpochName),
    ]);
    // A process that still runs the old plan file would undo what the others do with the new one.
    if (currentHash !== null && currentHash !== plans.hash) return { kind: 'retry', delayMs: staleProcessMs };
    deps.useCatalogEpoch(Number(epoch ?? 0));
    const startedAt = deps.now();
    const { delayMs, underState } = await deps.waiting.admit(upstreams, startedAt);
    if (delayMs > 0) return { kind: 'wait', delayMs };
    const requests: RequestTrace[] = [];
    const verdict = await syncOnce(deps, { customerId, plans, startedAt, requests, lost });
    if (underState) await deps.waiting.ended(upstreams, requests, startedAt);
    return verdict;
  };
}

type Begun = Pick<Attempt, 'customerId' | 'plans' | 'startedAt' | 'requests' | 'lost'>;

async function syncOnce(deps: SyncDeps, begun: Begun): Promise<Verdict> {
  const { customerId, plans, startedAt } = begun;
  const taken = await deps.customers.change(customerId, takeTicket);
  const { confirmAfterMs } = deps.settings;
  const { run, kind } = whyRun(taken, plans.hash, startedAt, confirmAfterMs);
  if (run === 'nothing') {
    await deps.customers.change(customerId, (record) =>
      checkInTime(record, taken.ticket, startedAt, confirmAfterMs),
    );
    return { kind: 'done' };
  }
  const attempt: Attempt = { ...begun, taken, cause: taken.inFlight ?? cause(kind), notes: [] };
  if (run === 'confirm') {
    const confirmed = await confirm(deps, attempt);
    if (confirmed.kind === 'confirmed') return { kind: 'done' };
    if (confirmed.kind === 'conclusion') return conclude(deps, attempt, confirmed.conclusion);
    attempt.notes.push('The identity was not as it was last written: it is looked at afresh.');
  }
  return conclude(deps, attempt, await fullRun(deps, attempt));
}
