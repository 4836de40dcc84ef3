import type { Context } from './context.ts';
import { createPresence } from './presence.ts';
import { cause } from '../domain/customer/cause.ts';
import type { Doorkeeper } from '../http/admin/authentication.ts';
import type { AppDeps } from '../http/app.ts';
import type { Config } from '../config.ts';
import type { About, Check, Checks, UseCases, WebhookPorts } from '../http/ports.ts';
import { formatProblem, loadPlanFile } from '../plan-file/load.ts';
import type { Store } from '../store/store.ts';
import { classify, reasonToIgnore } from '../stripe/classify.ts';
import { modeOf } from '../stripe/client.ts';
import { createHeaderCheck, createVerifier } from '../stripe/verify.ts';
import { createCustomerIdOf, findThroughStripe } from '../queries/through-stripe.ts';
import { createListAudit, createRecordAudit } from '../queries/audit.ts';
import { createCustomerView } from '../queries/customer-view.ts';
import { createGetOutcome } from '../queries/find.ts';
import { createHeld } from '../queries/held.ts';
import { createPlanFileCheck, createPlanFileView, createPrices } from '../queries/plan-file.ts';
import { createLookUpEmail } from '../queries/look-up-email.ts';
import { createAcknowledge } from '../queries/overview/acknowledge.ts';
import { createFollower } from '../queries/overview/follow.ts';
import { createOverview } from '../queries/overview/overview.ts';
import { createProblems } from '../queries/overview/problems.ts';
import { createPreview } from '../queries/preview.ts';
import { createRelease } from '../bulk/release-held.ts';
import { createStartCatchUp } from '../bulk/catch-up/ask.ts';
import { createStartReconciliation } from '../bulk/reconcile/start.ts';
import { createReplayProgress } from '../bulk/replay-progress.ts';
import { createStartReplay } from '../bulk/start-replay.ts';
import { createReconciliations } from '../queries/reconciliations.ts';
import { createStats } from '../queries/stats.ts';
import { createTimeline } from '../queries/timeline.ts';
import { parsePings, withPing } from '../domain/pings.ts';
import { pingsName } from '../domain/shared-names.ts';
import { createScrub } from '../domain/scrub.ts';
import { secretsOf } from '../describe-config.ts';
import { packageVersion } from '../version.ts';

/** Whether the plan file of this process counts. */
export interface PlanStanding {
  readonly problem: () => string | null;
  /** Whether this process would write with it. */
  readonly writes: boolean;
}

/** The HTTP side's ports, met by the context. */
export function httpPorts(
  context: Context,
  plan: PlanStanding,
  door: Doorkeeper | null,
): Omit<AppDeps, 'isDraining'> & { readonly webhook: WebhookPorts } {
  const shared = { ...probePorts(context, plan), webhook: webhookPorts(context) };
  if (door === null) return shared;
  return { ...shared, admin: { door, useCases: useCases(context) } };
}

/** What a worker answers, given a port: probes and metrics, nothing else. */
export function probePorts(
  context: Context,
  plan: PlanStanding,
): Pick<AppDeps, 'log' | 'telemetry' | 'checks'> {
  const { log, telemetry } = context;
  return { log, telemetry, checks: checks(context, plan) };
}

export function webhookPorts({ config, store, requestSync, tracer, now }: Context): WebhookPorts {
  const { secretKey, accounts } = config.stripe;
  const mode = modeOf(secretKey);
  return {
    checkHeader: createHeaderCheck({ now }),
    verify: createVerifier(config.stripe.webhookSecrets, { now }),
    classify: (event) => classify(event, accounts),
    reasonToIgnore: (event) => reasonToIgnore(event, mode, accounts),
    enqueue: store.events.add,
    // Someone pressed Resend for a customer who is failing: that asks for another try.
    async onDuplicate({ concern, eventId, type, receivedAt, traceparent }) {
      const customerIds =
        concern.kind === 'customer'
          ? [concern.customerId]
          : ((await store.outcomes.event(eventId))?.customerIds ?? []);
      for (const customerId of customerIds) {
        const record = await store.customers.read(customerId);
        if (record === null || record.failingSince === null) continue;
        const why = cause('event', { id: eventId, type, receivedAt });
        await requestSync(customerId, why, { now: true, traceparent });
      }
    },
    async notePing(eventId) {
      await store.shared.change(pingsName, (text) => withPing(text, { eventId, receivedAt: now() }));
    },
    tracer,
    now,
  };
}

function checks({ store, breaker, plans }: Context, plan: PlanStanding): Checks {
  const upstream = (service: 'stripe' | 'unkey') => async (): Promise<Check> => {
    const state = await breaker.open(service);
    if (state === null) return { ok: true };
    const since = new Date(state.since).toISOString();
    return {
      ok: false,
      detail: state.remedy ?? `${state.operation} is throttled since ${since}; it passes by itself.`,
    };
  };
  return {
    async store() {
      const { ok, detail, warnings } = await store.health();
      const said = detail ?? warnings.join(' ');
      return said === '' ? { ok } : { ok, detail: said };
    },
    stripe: upstream('stripe'),
    unkey: upstream('unkey'),
    planFile() {
      const problems = plans.problems();
      if (problems.length > 0) {
        return {
          ok: false,
          detail: `The changed plan file was refused, the running plans stay: ${problems.join(' ')}`,
        };
      }
      const problem = plan.problem();
      // A delivery can be kept by whoever answers; a worker that writes nothing is of no use.
      return problem === null ? { ok: true } : { ok: false, detail: problem, outOfService: plan.writes };
    },
    async queue() {
      await store.queueCounts();
      return { ok: true };
    },
  };
}

/** Everything that an operator may ask for, whether over HTTP or from the command line. */
export function useCases(context: Context): Required<UseCases> {
  const { config, store, bulk, requestSync, stripe, lookUps, unkey, useCatalogEpoch, waits, now } = context;
  const { outcomes, customers, claims, shared, audit, runs: documents } = store;
  const { find, customersOf, runs, runChunk } = bulk;
  const settings = config.sync;
  const plans = context.plans.current;
  const follow = createFollower({ outcomes, now });
  const reading = { stripe, unkey, claims, customers, shared, plans, settings, useCatalogEpoch, waits, now };
  const readsKeys = context.keysOf !== null;
  const customerIdOf = createCustomerIdOf({ stripe });
  const view = createCustomerView({ ...reading, lookUps, outcomes, keysOf: context.keysOf });
  const timeline = createTimeline({ outcomes, customers, lookUps, now });
  const { accounts } = config.stripe;
  const classified = (event: unknown) => classify(event, accounts);
  const preview = createPreview({ ...reading, lookUps, keysOf: context.keysOf, find, classify: classified });
  return {
    listOutcomes: outcomes.list,
    getOutcome: createGetOutcome(outcomes),
    find: findThroughStripe(find, customersOf, accounts),
    lookUpEmail: createLookUpEmail({ lookUps, customers }),
    customerView: async (id) => view(await customerIdOf(id)),
    timeline: async (input) => timeline({ ...input, customerId: await customerIdOf(input.customerId) }),
    failing: customers.troubled,
    requestSync: async (id) =>
      void (await requestSync(await customerIdOf(id), cause('manual'), { now: true })),
    startReplay: createStartReplay({
      runs,
      documents,
      runChunk,
      customers,
      requestSync,
      customersOf,
      now,
    }),
    startReconciliation: createStartReconciliation({ runs, documents, customerIdOf, readsKeys }),
    reconciliations: createReconciliations({ runs: documents }),
    startCatchUp: createStartCatchUp(runs),
    replay: createReplayProgress({ documents }),
    preview: async (input) =>
      preview('customerId' in input ? { customerId: await customerIdOf(input.customerId) } : input),
    held: createHeld({ customers, outcomes }),
    release: createRelease({ customers, runs, requestSync }),
    overview: createOverview({ follow, now }),
    problems: createProblems({ follow, customers, shared, now }),
    acknowledge: createAcknowledge({ shared, now }),
    stats: createStats({ outcomes, queues: () => queueDepths(store), now }),
    listRuns: documents.list,
    getRun: documents.read,
    runRows: runs.rows,
    abortRun: runs.abort,
    planFile: createPlanFileView({ plans, refused: context.plans.problems }),
    prices: createPrices({ plans, lookUps }),
    checkPlanFile: createPlanFileCheck({ plans, load: loadPasted, lookUps }),
    processes: createPresence(shared, now).list,
    pings: async () => parsePings(await shared.get(pingsName)),
    recordAudit: createRecordAudit({ audit, scrub: createScrub(secretsOf(config)), now }),
    listAudit: createListAudit({ audit, runs: documents }),
    about: () => Promise.resolve(about(config)),
  };
}

function loadPasted(text: string) {
  const loaded = loadPlanFile(text, 'plans.yaml');
  return loaded.ok
    ? { ...loaded, warnings: loaded.warnings.map(formatProblem) }
    : { ok: false as const, problems: loaded.problems.map(formatProblem) };
}

/** A stand-in has no pages that a link could lead to. */
function about({ stripe, unkey }: Config): About {
  const mode = modeOf(stripe.secretKey);
  const isStripe = stripe.apiBaseUrl === 'https://api.stripe.com';
  const { workspace } = unkey;
  return {
    mode,
    version: packageVersion(),
    unkeyApi: unkey.apiBaseUrl,
    stripeCustomers: isStripe
      ? `https://dashboard.stripe.com/${mode === 'test' ? 'test/' : ''}customers/`
      : null,
    unkeyIdentities: workspace === null ? null : `https://app.unkey.com/${workspace}/identities/`,
  };
}

async function queueDepths({ queueCounts }: Store) {
  const counts = Object.entries(await queueCounts());
  return Object.fromEntries(
    counts.map(([queue, { oldestWaitingAgeMs, ...depths }]) => [
      queue,
      { ...depths, oldestMs: oldestWaitingAgeMs },
    ]),
  );
}
