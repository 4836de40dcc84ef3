import { cause, nothingDue, takeTicket } from '../domain/record-transitions.ts';
import { whyRun } from '../domain/why-run.ts';
import type { Verdict } from '../domain/work.ts';
import type { Attempt, Plans } from './attempt.ts';
import { conclude, type ConcludeDeps } from './conclude.ts';
import { confirm, type ConfirmDeps } from './confirm.ts';
import { fullRun, type FullRunDeps } from './full-run.ts';
import type { SharedValues } from './ports.ts';

export type SyncDeps = FullRunDeps & ConfirmDeps & ConcludeDeps & OwnDeps;

interface OwnDeps {
  readonly shared: Pick<SharedValues, 'get'>;
  readonly plans: () => Plans;
  /** The catalogue's epoch as the store has it: an old cache is emptied by it. */
  readonly useCatalogEpoch: (epoch: number) => void;
}

export const planFileHashName = 'planFileHash';
export const catalogEpochName = 'catalogEpoch';

/** How long a process that runs an old plan file leaves a customer to the others. */
const staleProcessMs = 5_000;

/** One sync of one customer, from the ticket to the outcome. Rejects only when the store does. */
export function createSync(deps: SyncDeps): (customerId: string) => Promise<Verdict> {
  return async (customerId) => {
    const plans = deps.plans();
    const [currentHash, epoch] = await Promise.all([
      deps.shared.get(planFileHashName),
      deps.shared.get(catalogEpochName),
    ]);
    // A process that still runs the old plan file would undo what the others do with the new one.
    if (currentHash !== null && currentHash !== plans.hash) return { kind: 'retry', delayMs: staleProcessMs };
    deps.useCatalogEpoch(Number(epoch ?? 0));
    return syncOnce(deps, customerId, plans);
  };
}

async function syncOnce(deps: SyncDeps, customerId: string, plans: Plans): Promise<Verdict> {
  const startedAt = deps.now();
  const taken = await deps.customers.change(customerId, takeTicket);
  const { run, kind } = whyRun(taken, plans.hash, startedAt);
  if (run === 'nothing') {
    await deps.customers.change(customerId, (record) => nothingDue(record, taken.ticket, startedAt));
    return { kind: 'done' };
  }
  const attempt: Attempt = {
    customerId,
    taken,
    cause: taken.inFlight ?? cause(kind),
    plans,
    startedAt,
    requests: [],
    notes: [],
  };
  if (run === 'confirm') {
    const confirmed = await confirm(deps, attempt);
    if (confirmed.kind === 'confirmed') return { kind: 'done' };
    if (confirmed.kind === 'conclusion') return conclude(deps, attempt, confirmed.conclusion);
    attempt.notes.push('The identity was not as it was last written: it is looked at afresh.');
  }
  return conclude(deps, attempt, await fullRun(deps, attempt));
}
