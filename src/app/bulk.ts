import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config.ts';
import type { CatchUpEvents } from '../domain/made-events.ts';
import type { FleetReader } from '../domain/fleet.ts';
import type { Waits } from '../domain/upstream/waits.ts';
import type { Verdict } from '../domain/work.ts';
import { createRunChunk, type RunChunk } from '../bulk/chunk.ts';
import type { Kinds } from '../bulk/kind.ts';
import { createRefreshCatalog } from '../bulk/refresh-catalog.ts';
import { createReleaseHeld } from '../bulk/release-held.ts';
import { createBudget } from '../bulk/reconcile/budget.ts';
import { createAskCatchUp, createStartCatchUp } from '../bulk/catch-up/ask.ts';
import { createCatchUp } from '../bulk/catch-up/catch-up.ts';
import { createDeliveryKinds, type DeliveryKinds } from '../bulk/catch-up/delivery-kinds.ts';
import { createNightly } from '../bulk/reconcile/nightly.ts';
import { createRequestReconciliation } from '../bulk/reconcile/start.ts';
import { createReconcile } from '../bulk/reconcile/reconcile.ts';
import { createReplay } from '../bulk/replay.ts';
import { createRunBulk } from '../bulk/run.ts';
import { createRuns, type Runs } from '../bulk/runs.ts';
import { createTurn } from '../bulk/turn.ts';
import { createCustomersOf } from '../queries/customers-of.ts';
import { createFind, type Find } from '../queries/find.ts';
import type { Store } from '../store/store.ts';
import type { IdentityReader, Plans, StripeReader } from '../sync/ports.ts';
import { createPlanChange } from '../bulk/look-at-everyone.ts';

/** Bulk work of one process: what may be done with runs, and what does them. */
export interface Bulk {
  readonly runs: Runs;
  readonly runChunk: RunChunk;
  readonly runBulk: (runId: string, context: { readonly signal: AbortSignal }) => Promise<Verdict>;
  readonly reconcileNightly: () => Promise<boolean>;
  readonly askCatchUp: () => Promise<'catch-up' | 'reconcile' | null>;
  readonly startCatchUp: ReturnType<typeof createStartCatchUp>;
  readonly deliveryKinds: DeliveryKinds;
  readonly find: Find;
  readonly customersOf: ReturnType<typeof createCustomersOf>;
}

export function createBulk(given: {
  readonly config: Pick<Config, 'stripe' | 'sync' | 'retentionMs' | 'reconcile' | 'catchUp'>;
  readonly store: Store;
  readonly stripe: StripeReader;
  readonly unkey: IdentityReader;
  readonly fleet: FleetReader;
  readonly madeEvents: CatchUpEvents;
  readonly plans: () => Plans;
  readonly useCatalogEpoch: (epoch: number) => void;
  readonly waits: Waits;
  readonly now: () => number;
}): Bulk {
  const { config, store, stripe, now } = given;
  const { customers, outcomes, claims, syncs, shared, bulk } = store;
  const { retentionMs, sync: settings } = config;
  const find = createFind({ outcomes, customers, claims });
  const customersOf = createCustomersOf({ find, stripe, accounts: config.stripe.accounts });
  const deps = { customers, outcomes, syncs, customersOf, settings, now };
  const budgets = budgetsOf(config);
  const deliveryKinds = createDeliveryKinds({ shared, now });
  const kinds: Kinds = {
    replay: createReplay(deps),
    'release-held': createReleaseHeld(deps),
    'refresh-catalog': createRefreshCatalog(deps),
    'plan-change': createPlanChange(deps),
    reconcile: createReconcile({ ...given, ...deps, claims, shared, budgets }),
    'catch-up': createCatchUp({
      ...deps,
      stripe,
      plans: given.plans,
      made: given.madeEvents,
      budget: budgets.stripe,
      kinds: deliveryKinds,
      events: store.events,
      shared,
    }),
  };
  const runChunk = createRunChunk({ runs: store.runs, kinds, retentionMs, now, rest });
  const runs = createRuns({ runs: store.runs, bulk, retentionMs, now });
  const { at, mode } = config.reconcile;
  const requestNightly = createRequestReconciliation(runs, mode === 'report' ? 'none' : mode);
  const asking = { shared, runs, reconcile: requestNightly, now };
  const turn = createTurn({ shared, who: randomUUID().slice(0, 8), now, rest });
  return {
    runs,
    reconcileNightly: createNightly({ shared, at, request: requestNightly, now }),
    askCatchUp: createAskCatchUp({ ...asking, isOn: config.catchUp }),
    startCatchUp: createStartCatchUp(asking),
    deliveryKinds,
    runChunk,
    runBulk: createRunBulk({ runs: store.runs, kinds, runChunk, turn, now }),
    find,
    customersOf,
  };
}

function budgetsOf({ reconcile }: Pick<Config, 'reconcile'>) {
  const { ratePerSecond } = reconcile;
  const budget = () =>
    createBudget({ ratePerSecond, rest: (ms) => delay(ms), monotonic: () => performance.now() });
  return { stripe: budget(), unkey: budget() };
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
