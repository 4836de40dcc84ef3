import { driftClasses } from '../../domain/drift.ts';
import type { FleetReader } from '../../domain/fleet.ts';
import type { SharedValues } from '../../domain/ports.ts';
import { reconciledName } from '../../domain/shared-names.ts';
import type { DryRunDeps } from '../../queries/dry-run.ts';
import type { Kind, Step } from '../kind.ts';
import { cannotTell, lastFrom, subscriptionsVanished, type LastReconciliation } from './brakes.ts';
import { counting, spendingOf, type Budget } from './budget.ts';
import { createLookAfresh } from './look-afresh.ts';
import { beginKeys, createReadKeys } from './keys.ts';
import { at, placeOf, verifying, type Reconciliation } from './place.ts';
import { createRead, suspectPages } from './read.ts';
import { holdsLowered, lookAtRepairs, repairPage, type RepairDeps } from './repair.ts';
import { createVerify } from './verify.ts';

export interface ReconcileDeps extends RepairDeps, Omit<DryRunDeps, 'customers' | 'claims' | 'settings'> {
  readonly settings: RepairDeps['settings'] & DryRunDeps['settings'];
  readonly shared: Pick<SharedValues, 'get' | 'set'>;
  readonly fleet: FleetReader;
  readonly budgets: { readonly stripe: Budget; readonly unkey: Budget };
}

/** Compares what everybody pays for with what Unkey enforces, and makes it right where that is asked for. */
export function createReconcile(deps: ReconcileDeps): Kind<Reconciliation> {
  const { budgets } = deps;
  const spending = spendingOf(budgets);
  const read = createRead({ ...deps, spending });
  const within = withinBudgets(deps);
  const lookAfresh = createLookAfresh(within);
  const readKeys = createReadKeys({ ...within, fleet: deps.fleet, budget: budgets.unkey, spending });
  const verify = createVerify({ lookAfresh, spending, now: deps.now });
  return {
    async step(run, context) {
      const place = placeOf(run.cursor);
      if (place === null && 'customer' in run.selection) return only(run, run.selection.customer);
      if (place === null || place.phase === 'read') {
        const step = await read(run, place, context);
        return placeOf(step.cursor)?.phase === 'verify' ? brakedAfterReading(deps, run, step) : step;
      }
      switch (place.phase) {
        case 'verify': {
          const step = await verify(run, place, context);
          return placeOf(step.cursor)?.phase === 'repair'
            ? beginKeys(run, await brakedBeforeRepair(deps, run, step))
            : step;
        }
        case 'keys':
          return readKeys(run, place, context);
        case 'repair':
          return keepingLast(deps, run, await repairPage(deps, run, place, context));
        case 'look':
          return keepingLast(deps, run, await lookAtRepairs(deps, run, place, context));
      }
    },
  };

  function only(run: Reconciliation, customerId: string): Step {
    const counts = { ...counting(spending, run.counts), customers: 1, suspects: 1 };
    const pages = suspectPages([{ customerId, digest: null, alone: false }]);
    return { cursor: verifying(1), counts, handled: 1, pages, next: { kind: 'more' } };
  }
}

/** Every read of a fresh look is one of the budget. */
function withinBudgets(deps: ReconcileDeps): DryRunDeps {
  const { stripe, unkey, budgets } = deps;
  return {
    ...deps,
    stripe: {
      readCustomer: (customerId, needs) => budgets.stripe.read(() => stripe.readCustomer(customerId, needs)),
      customersLike: (searches, near) => budgets.stripe.read(() => stripe.customersLike(searches, near)),
    },
    unkey: {
      get: (identity) => budgets.unkey.read(() => unkey.get(identity)),
      getOverride: (of) => budgets.unkey.read(() => unkey.getOverride(of)),
    },
  };
}

function isOfEverybody({ selection }: Reconciliation): boolean {
  return Object.keys(selection).length === 0;
}

async function brakedAfterReading(deps: ReconcileDeps, run: Reconciliation, step: Step): Promise<Step> {
  if (!isOfEverybody(run) || run.options.acceptFewer) return step;
  const { known } = await deps.customers.counts();
  const last = lastFrom(await deps.shared.get(reconciledName));
  const { customers, live = 0 } = step.counts;
  const note = subscriptionsVanished({ customers, live }, last, known);
  return note === null ? step : { ...step, next: { kind: 'failed', note } };
}

async function brakedBeforeRepair(deps: ReconcileDeps, run: Reconciliation, step: Step): Promise<Step> {
  const note = 'report' in run.selection ? null : cannotTell(step.counts);
  if (note !== null) return { ...step, next: { kind: 'failed', note } };
  const place = placeOf(step.cursor);
  if (place?.phase !== 'repair' || run.options.repair !== 'all') return step;
  const holdLowered = await holdsLowered(deps, { counts: step.counts, options: run.options });
  return { ...step, cursor: at({ ...place, holdLowered }) };
}

/** What the gauges show, and what the next run compares itself with. */
async function keepingLast(deps: ReconcileDeps, run: Reconciliation, step: Step): Promise<Step> {
  if (step.next.kind !== 'done' || !isOfEverybody(run)) return step;
  const { counts } = step;
  const classes = driftClasses.map((name) => [name, counts[name] ?? 0] as const);
  const last: LastReconciliation = {
    at: deps.now(),
    live: counts['live'] ?? 0,
    counts: Object.fromEntries(classes),
  };
  await deps.shared.set(reconciledName, JSON.stringify(last));
  return step;
}
