import { catalogEpochName, planFileLeaseName } from '../domain/shared-names.ts';
import { cause } from '../domain/customer/cause.ts';
import { checkInTime, markDirty, takeTicket } from '../domain/customer/record-transitions.ts';
import { isStaleIn } from '../domain/plan-file/lease.ts';
import { stopsQueue } from '../domain/upstream/circuit.ts';
import type { RequestTrace, Upstream } from '../domain/upstream/failure.ts';
import { whyRun } from '../domain/customer/why-run.ts';
import type { Verdict } from '../domain/work.ts';
import type { Attempt, Plans } from './attempt.ts';
import { conclude, type ConcludeDeps } from './conclude.ts';
import { confirm, type ConfirmDeps } from './confirm.ts';
import { fullRun, type FullRunDeps } from './full-run.ts';
import type { CustomerStore, SharedValues } from '../domain/ports.ts';
import { upstreams, type CircuitBreaker } from './circuit-breaker.ts';

export type SyncDeps = FullRunDeps & ConfirmDeps & ConcludeDeps & OwnDeps;

interface OwnDeps {
  readonly shared: Pick<SharedValues, 'get'>;
  readonly customers: Pick<CustomerStore, 'read' | 'change'>;
  readonly breaker: CircuitBreaker;
  readonly plans: () => Plans;
  /** The catalogue's epoch as the store has it: an old cache is emptied by it. */
  readonly useCatalogEpoch: (epoch: number) => void;
}

/** A process that runs an old plan file leaves its customers to the others; it will soon have stopped taking any. */
const staleProcessMs = 500;

/** One sync of one customer, from the ticket to the outcome. Rejects only when the store does. */
export function createSync(
  deps: SyncDeps,
): (customerId: string, context: { lost(): boolean }) => Promise<Verdict> {
  return async (customerId, { lost }) => {
    const plans = deps.plans();
    const startedAt = deps.now();
    const needed = await neededFor(deps, customerId, plans.hash, startedAt);
    const { delayMs, underState } = await deps.breaker.admit(needed, startedAt);
    if (delayMs > 0) return waitFor(deps, needed, delayMs);
    const requests: RequestTrace[] = [];
    const stripeRefuses = !needed.includes('stripe');
    const verdict = await syncOnce(deps, { customerId, plans, startedAt, requests, lost }, stripeRefuses);
    if (underState) await deps.breaker.ended(needed, requests, startedAt);
    return verdict;
  };
}

/** While Stripe refuses us, a customer whose last write only has to be read back needs Unkey alone. */
async function neededFor(
  { breaker, customers, settings }: SyncDeps,
  customerId: string,
  planFileHash: string,
  now: number,
): Promise<readonly Upstream[]> {
  const stripe = await breaker.read('stripe');
  if (stripe === null || stopsQueue('stripe', stripe.state)) return upstreams;
  const record = await customers.read(customerId);
  const run =
    record === null ? 'full' : whyRun(takeTicket(record), planFileHash, now, settings.confirmAfterMs).run;
  return run === 'full' ? upstreams : ['unkey'];
}

async function waitFor(
  { breaker, random }: SyncDeps,
  needed: readonly Upstream[],
  delayMs: number,
): Promise<Verdict> {
  const states = await Promise.all(needed.map((upstream) => breaker.read(upstream)));
  const everybody = states.some((state, index) => {
    const upstream = needed[index];
    return state !== null && upstream !== undefined && stopsQueue(upstream, state.state);
  });
  return everybody ? { kind: 'wait', delayMs } : { kind: 'later', delayMs: delayMs * (1 + random() / 2) };
}

type Begun = Pick<Attempt, 'customerId' | 'plans' | 'startedAt' | 'requests' | 'lost'>;

async function syncOnce(deps: SyncDeps, begun: Begun, stripeRefuses: boolean): Promise<Verdict> {
  const { customerId, plans, startedAt } = begun;
  const taken = await deps.customers.change(customerId, takeTicket);
  // Read after the ticket: whoever changes these marks the customer afterwards, and this ticket then answers for neither.
  const [lease, epoch] = await Promise.all([
    deps.shared.get(planFileLeaseName),
    deps.shared.get(catalogEpochName),
  ]);
  // A process that still runs the old plan file would undo what the others do with the new one.
  if (isStaleIn(lease, plans.hash)) return { kind: 'later', delayMs: staleProcessMs };
  deps.useCatalogEpoch(Number(epoch ?? 0));
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
    if (stripeRefuses) {
      const why = cause('confirm');
      await deps.customers.change(customerId, (record) => markDirty(record, why, startedAt));
      return { kind: 'later', delayMs: deps.waits.repairProbeMs };
    }
    attempt.notes.push('The identity was not as it was last written: it is looked at afresh.');
  }
  return conclude(deps, attempt, await fullRun(deps, attempt));
}
