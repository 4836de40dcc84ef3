import type { Context } from './context.ts';
import { queueDepths } from './gauge-sources.ts';
import { createPresence } from './presence.ts';
import { cause } from '../domain/customer/cause.ts';
import type { Config } from '../config.ts';
import type { About } from '../http/ports.ts';
import { formatProblem, loadPlanFile } from '../plan-file/load.ts';
import { classify } from '../stripe/classify.ts';
import { modeOf } from '../stripe/client.ts';
import { createCustomerIdOf, findThroughStripe } from '../queries/through-stripe.ts';
import { createListAudit, createRecordAudit } from '../queries/audit.ts';
import { createCustomerView } from '../queries/customer-view.ts';
import { createGetOutcome } from '../queries/find.ts';
import { createHeld } from '../queries/held.ts';
import { createPlanFileCheck, createPlanFileView, createPrices } from '../queries/plan-file.ts';
import { createLookUpEmail } from '../queries/look-up-email.ts';
import { createFollower } from '../queries/overview/follow.ts';
import { createOverview } from '../queries/overview/overview.ts';
import { createAcknowledge, createProblems } from '../queries/overview/problems.ts';
import { createPreview } from '../queries/preview.ts';
import { createRelease } from '../bulk/release-held.ts';
import { createStartReconciliation } from '../bulk/reconcile/start.ts';
import { createReplayProgress } from '../bulk/replay-progress.ts';
import { createStartReplay } from '../bulk/start-replay.ts';
import { createReconciliations } from '../queries/reconciliations.ts';
import { createStats } from '../queries/stats.ts';
import { createTimeline } from '../queries/timeline.ts';
import { parsePings } from '../domain/pings.ts';
import { pingsName } from '../domain/shared-names.ts';
import { createScrub } from '../domain/scrub.ts';
import { stripeDashboard, unkeyDashboard } from '../domain/upstream/pages.ts';
import { secretsOf } from '../describe-config.ts';
import { packageVersion } from '../version.ts';
import type { UseCases } from '../http/admin/routes.ts';

/** Everything that an operator may ask for, whether over HTTP or from the command line. */
export function useCases(context: Context): UseCases {
  const { config, store, bulk, requestSync, stripe, lookUps, unkey, useCatalogEpoch, waits, now } = context;
  const { outcomes, customers, claims, shared, audit, runs: documents } = store;
  const { find, customersOf, runs, runChunk } = bulk;
  const settings = config.sync;
  const plans = context.plans.current;
  const follow = createFollower({ outcomes, now });
  const reading = { stripe, unkey, claims, customers, shared, plans, settings, useCatalogEpoch, waits, now };
  const readsKeys = context.keysOf !== null;
  const customerIdOf = createCustomerIdOf({ stripe });
  const dry = { ...reading, lookUps, keysOf: context.keysOf };
  const view = createCustomerView({ ...dry, outcomes });
  const timeline = createTimeline({ outcomes, customers, lookUps, now });
  const { accounts } = config.stripe;
  const preview = createPreview({ ...dry, customersOf, classify: (event) => classify(event, accounts) });
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
    startReconciliation: createStartReconciliation({ runs, documents, customerIdOf, readsKeys, plans }),
    reconciliations: createReconciliations({ runs: documents }),
    startCatchUp: bulk.startCatchUp,
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
    stripeCustomers: isStripe ? `${stripeDashboard}/${mode === 'test' ? 'test/' : ''}customers/` : null,
    unkeyIdentities: workspace === null ? null : `${unkeyDashboard}/${workspace}/identities/`,
  };
}
