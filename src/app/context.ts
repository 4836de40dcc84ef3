import { randomInt } from 'node:crypto';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { upstreamOf, type Circuit, type UpstreamState } from '../domain/upstream/circuit.ts';
import { cause } from '../domain/customer/cause.ts';
import type { Outcome } from '../domain/outcome/outcome.ts';
import { noTracer, type Tracer } from '../domain/tracing.ts';
import { longestWaitMs, usualWaits, type Waits } from '../domain/upstream/waits.ts';
import type { EventJob, Verdict } from '../domain/work.ts';
import { logOutcome } from '../observe/log.ts';
import { createBulk, type Bulk } from './bulk.ts';
import type { Plans } from './plans.ts';
import { gaugeSources } from './gauge-sources.ts';
import { createUpstreams } from './upstreams.ts';
import { createNotifications } from './notifications.ts';
import type { Notifier } from '../notify/notifier.ts';
import { openStore } from '../store/open.ts';
import type { Store, StoreOptions } from '../store/store.ts';
import { createDowngradeGuard } from '../sync/downgrade-guard.ts';
import { createGivenUp } from '../intake/given-up.ts';
import { createEventHandler } from '../intake/handle-event.ts';
import type { IdentityGateway, StripeReader } from '../sync/ports.ts';
import { createSync, type SyncContext } from '../sync/sync.ts';
import type { KeysOf, StripeLookUps } from '../queries/ports.ts';
import { createRequestSync, type RequestSync } from '../sync/request-sync.ts';
import { createBringForward } from '../bulk/bring-forward.ts';
import { createPrune } from '../bulk/prune.ts';
import { createRequestRefresh } from '../bulk/refresh-catalog.ts';
import { createSweep } from '../bulk/sweep.ts';
import { createCircuitBreaker, type CircuitBreaker } from '../sync/circuit-breaker.ts';
import { newId } from '../random-ids.ts';
import { createTelemetry, type Telemetry } from '../observe/telemetry.ts';
import { createRequestPlanChange } from '../bulk/look-at-everyone.ts';

/** Everything that the parts of a process share. It is built here and nowhere else. */
export interface Context {
  readonly config: Config;
  readonly log: Logger;
  readonly telemetry: Telemetry;
  readonly tracer: Tracer;
  readonly store: Store;
  readonly plans: Plans;
  readonly stripe: StripeReader;
  readonly unkey: IdentityGateway;
  readonly lookUps: StripeLookUps;
  /** The keys of an identity; null: nobody said of which API. */
  readonly keysOf: KeysOf | null;
  /** The catalogue's epoch as the store has it: an old cache is emptied by it. */
  readonly useCatalogEpoch: (epoch: number) => void;
  readonly breaker: CircuitBreaker;
  readonly requestSync: RequestSync;
  readonly handleEvent: (job: EventJob, context: { readonly attemptsMade: number }) => Promise<Verdict>;
  readonly sync: (customerId: string, context: SyncContext) => Promise<Verdict>;
  readonly sweep: () => Promise<{ readonly added: number; readonly more: boolean }>;
  readonly bulk: Bulk;
  readonly runBulk: Bulk['runBulk'];
  readonly resumeRuns: () => Promise<void>;
  readonly reconcileNightly: () => Promise<boolean>;
  readonly askCatchUp: Bulk['askCatchUp'];
  readonly bringForward: (signal: AbortSignal) => Promise<number>;
  readonly prune: (signal?: AbortSignal) => Promise<number | null>;
  readonly notifications: Notifier | null;
  readonly eventGivenUp: (job: EventJob, reason: string) => Promise<void>;
  readonly syncGivenUp: (customerId: string) => Promise<void>;
  /** Another plan file counts: every known customer is looked at again. */
  readonly lookAtEveryone: (planFileHash: string) => Promise<void>;
  readonly waits: Waits;
  readonly now: () => number;
}

export interface Overrides {
  /** false: the schemas of a PostgreSQL store are left as they are. */
  readonly migrate?: boolean;
  readonly now?: () => number;
  readonly random?: () => number;
  /** What is shorter than usual. */
  readonly waits?: Partial<Waits>;
  /** Where spans go; nowhere without it. */
  readonly tracer?: Tracer;
  /** Told of every stored outcome, after the log. */
  readonly onOutcome?: (outcome: Outcome) => void;
}

export async function createContext(
  config: Config,
  { log, plans }: { readonly log: Logger; readonly plans: Plans },
  overrides: Overrides,
): Promise<Context> {
  const now = overrides.now ?? Date.now;
  const random = overrides.random ?? (() => randomInt(2 ** 32) / 2 ** 32);
  const waits = { ...usualWaits, ...overrides.waits };
  const telemetry = createTelemetry();
  const tracer = overrides.tracer ?? noTracer;
  // Whatever cannot be built must fail before the store is open: an open store keeps a process alive.
  const upstreams = createUpstreams(config, { telemetry, tracer, now });
  const { stripe, useCatalogEpoch, unkey, lookUps, fleet, madeEvents, keysOf } = upstreams;
  const store = await openStore(storeOptions(config, log, overrides.migrate));
  const { customers, claims, outcomes, attempts, shared, events, syncs } = store;
  const said = announceState(log, telemetry);
  const breaker = createCircuitBreaker({ shared, outcomes, waits, now, announce: said });
  const requestSync = createRequestSync({ customers, syncs, now });
  const newOutcomeId = (at: number): string => `out_${newId(at)}`;
  const settings = config.sync;
  const common = { customers, claims, outcomes, shared, events, stripe, unkey, breaker, requestSync };
  const given = { ...common, tracer, waits, now, random, newOutcomeId, settings, plans: plans.current };
  const announce = (outcome: Outcome): void => {
    logOutcome(log, outcome);
    telemetry.sync(outcome.status, times(outcome));
    overrides.onOutcome?.(outcome);
  };
  const sync = createSync({
    ...given,
    attempts,
    announce,
    admitDowngrade: createDowngradeGuard({ shared, customers, guard: settings.guard }),
    useCatalogEpoch,
  });
  const bulk = createBulk({ ...given, config, store, fleet, madeEvents, useCatalogEpoch });
  const refreshCatalog = createRequestRefresh({ runs: bulk.runs, waits });
  const handleEvent = createEventHandler({ ...given, announce, refreshCatalog });
  const eventGivenUp = createGivenUp({ ...given, announce });
  telemetry.gaugesFrom(gaugeSources(store, breaker, { config, now }));
  const parts = { config, log, telemetry, tracer, store, plans, stripe, unkey, lookUps, keysOf, waits, now };
  return {
    ...parts,
    useCatalogEpoch,
    breaker,
    requestSync,
    handleEvent: noting(bulk.deliveryKinds, handleEvent),
    sync,
    ...inTime(store, { settings, waits, now }),
    bulk,
    runBulk: bulk.runBulk,
    resumeRuns: bulk.runs.resume,
    reconcileNightly: bulk.reconcileNightly,
    askCatchUp: bulk.askCatchUp,
    notifications: createNotifications({ ...given, config, telemetry, runs: store.runs, log }),
    eventGivenUp,
    syncGivenUp: async (customerId) => void (await requestSync(customerId, cause('retry'))),
    lookAtEveryone: createRequestPlanChange(bulk.runs),
  };
}

/** Which kinds of deliveries come is noted with them. */
function noting(kinds: Bulk['deliveryKinds'], handle: Context['handleEvent']): Context['handleEvent'] {
  return async (job, context) => {
    if (job.caughtUp !== true) await kinds.note(job.thin === true ? 'thin' : 'snapshot');
    return handle(job, context);
  };
}

/** What time alone asks for. */
function inTime(
  store: Store,
  given: { readonly settings: Config['sync']; readonly waits: Waits; readonly now: () => number },
): Pick<Context, 'sweep' | 'prune' | 'bringForward'> {
  const { customers, syncs, shared, outcomes, runs, audit, pruneQueues, clampWaits } = store;
  const { settings, waits, now } = given;
  const longestMs = longestWaitMs(waits, settings.confirmAfterMs);
  return {
    sweep: createSweep({ customers, syncs, shared, settings, now }),
    prune: createPrune({ shared, outcomes, runs, audit, pruneQueues, now }),
    bringForward: createBringForward({ customers, syncs, clampWaits, longestMs, now }),
  };
}

function storeOptions(config: Config, log: Logger, migrate: boolean | undefined): StoreOptions {
  const { redisUrl, databaseUrl, dataDir, prefix } = config.store;
  return {
    redisUrl: redisUrl ?? undefined,
    databaseUrl: databaseUrl ?? undefined,
    dataDir,
    prefix,
    retentionMs: config.retentionMs,
    onError: (error) => log.warn({ err: error }, 'the store is in trouble'),
    migrate,
  };
}

function announceState(log: Logger, telemetry: Telemetry) {
  return (circuit: Circuit, state: UpstreamState | null): void => {
    const service = upstreamOf(circuit);
    telemetry.upstream(service, state === null);
    if (state === null) log.info({ service, circuit }, `${service} works again`);
    else if (state.remedy === null)
      log.warn({ service, ...state }, `${service} throttles: who needs it waits`);
    else
      log.error({ service, circuit, ...state }, `${service} refuses us, who needs it waits: ${state.remedy}`);
  };
}

function times(outcome: Outcome) {
  const { receivedAt } = outcome.cause;
  const applied = outcome.status === 'applied' && receivedAt !== null;
  const appliedLatencyMs = applied ? Date.parse(outcome.finishedAt) - Date.parse(receivedAt) : null;
  return { durationMs: outcome.durationMs, appliedLatencyMs };
}
