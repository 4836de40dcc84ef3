import { z } from 'zod';
import { examineConfig, type Config } from '../../config.ts';
import { secretsOf } from '../../describe-config.ts';
import { isOrganisation } from '../../domain/accounts.ts';
import { readingNeeds } from '../../domain/plan-file/reading-needs.ts';
import { ownedBy } from '../../domain/identity/ownership.ts';
import type { PlanFile } from '../../domain/plan-file/plan-file.ts';
import { createScrub } from '../../domain/scrub.ts';
import { readPlanFile } from '../../plan-file/load.ts';
import { checksOf, type Check } from '../../queries/doctor/check.ts';
import { connectedChecks, organisationWebhookCheck } from '../../queries/doctor/connected.ts';
import { keyChecks } from '../../queries/doctor/keys.ts';
import { planFileChecks } from '../../queries/doctor/plan-file.ts';
import { pingChecks } from '../../queries/doctor/ping.ts';
import { runningChecks } from '../../queries/doctor/running.ts';
import { settingsChecks, type SettingsToCheck } from '../../queries/doctor/settings.ts';
import { processChecks, storeChecks } from '../../queries/doctor/store.ts';
import { clockCheck, keyCheck, priceChecks } from '../../queries/doctor/stripe-account.ts';
import { permissionChecks } from '../../queries/doctor/stripe-permissions.ts';
import { askedStripe, unanswered } from '../../queries/doctor/unanswered.ts';
import { unkeyChecks } from '../../queries/doctor/unkey.ts';
import { webhookChecks } from '../../queries/doctor/webhooks.ts';
import { activePricesOf } from '../../stripe/across-catalogues.ts';
import { createStripeClient, modeOf } from '../../stripe/client.ts';
import { entitlementsType, recommendedEventTypes } from '../../stripe/event-types.ts';
import { pingDestination, readStripeSetup, tryConnected } from '../../stripe/probe.ts';
import { createScopes } from '../../stripe/scopes.ts';
import { createUnkeyClient } from '../../unkey/client.ts';
import { createIdentityGateway } from '../../unkey/gateway.ts';
import { ownAddress } from '../own-address.ts';
import { pingAll } from './ping.ts';
import { readStore } from './read-store.ts';
import { readUnkey } from './read-unkey.ts';

/** Everything that has to be right before Planwire can do its work, from the settings alone. */
export async function examine(env: Readonly<Record<string, string | undefined>>): Promise<readonly Check[]> {
  const { config, faulty } = examineConfig(env, { isTTY: false });
  const loaded = await readPlanFile(config.plansFile);
  const planFile = loaded.ok ? loaded.planFile : null;
  const plans = planFile === null ? null : Object.keys(planFile.plans).length;
  const usable = (...names: string[]) => !names.some((name) => faulty.has(name));
  const checks: readonly Check[] = [
    ...(usable('STRIPE_SECRET_KEY', 'STRIPE_API_BASE_URL') && hasAccount(config)
      ? await stripeChecks(config, planFile)
      : []),
    ...(usable('UNKEY_ROOT_KEY', 'UNKEY_API_BASE_URL') ? await unkeyArea(config, planFile) : []),
    ...settingsChecks(settingsOf(config, faulty)),
    ...planFileChecks(config.plansFile, plans, loaded.ok ? loaded.warnings : loaded.problems),
    ...(usable('REDIS_URL', 'DATABASE_URL', 'STORE_PREFIX')
      ? await storeArea(config, loaded.ok ? loaded.hash : null)
      : []),
  ];
  const scrub = createScrub(secretsOf(config));
  return checks.map((check) => ({
    ...check,
    detail: scrub(check.detail),
    remedy: check.remedy === null ? null : scrub(check.remedy),
  }));
}

/** Nothing can be read with the key of an organisation while no account is named. */
function hasAccount({ stripe }: Config): boolean {
  return !isOrganisation(stripe.secretKey) || stripe.accounts.length > 0;
}

/** Nothing is known of what the plan file needs where there is none: then everything. */
const needsOfAll = { graceStatuses: ['past_due'], clientReferenceId: false, entitlements: false };

async function stripeChecks(config: Config, planFile: PlanFile | null): Promise<readonly Check[]> {
  const { stripe } = config;
  const scopes = createScopes(stripe, stripe.accounts, Date.now);
  // A key of an organisation is tried in the first of its accounts.
  const [first] = isOrganisation(stripe.secretKey) && stripe.accounts !== 'all' ? stripe.accounts : [];
  const client = createStripeClient({ ...stripe, account: first ?? null });
  const mode = modeOf(stripe.secretKey);
  const setup = await readStripeSetup(client, mode);
  const clock = clockCheck(setup.skewMs);
  const overall = unanswered(
    askedStripe,
    setup.trials.map(({ answer }) => answer),
  );
  if (overall !== null) return [overall, ...clock];
  const needs = planFile === null ? needsOfAll : readingNeeds(planFile);
  const prices = planFile === null ? [] : priceChecks(planFile, await activePricesOf(scopes));
  const { listed, trials } = await tryConnected(scopes);
  const secrets = stripe.webhookSecrets.length;
  const recommended = needs.entitlements
    ? [...recommendedEventTypes, entitlementsType]
    : recommendedEventTypes;
  return [
    keyCheck(stripe.secretKey),
    ...permissionChecks(setup.trials, needs),
    ...connectedChecks(stripe.accounts, listed, trials),
    ...(first === undefined
      ? [
          ...webhookChecks(setup, { mode, secrets, recommended, accounts: stripe.accounts }),
          ...pingChecks(await pingAll((id) => pingDestination(client, id), config, setup)),
        ]
      : [organisationWebhookCheck(first, setup)]),
    ...clock,
    ...prices,
  ];
}

async function unkeyArea({ unkey, sync }: Config, planFile: PlanFile | null): Promise<readonly Check[]> {
  const client = createUnkeyClient({ rootKey: unkey.rootKey, baseUrl: unkey.apiBaseUrl });
  const creates = planFile === null || planFile.identity.missing === 'create';
  const needs = { creates, syncsPerSecond: sync.ratePerSecond };
  const { overrides: namespaces = [] } = planFile === null ? {} : ownedBy(planFile);
  const checks = unkeyChecks(await readUnkey(client, creates, namespaces), needs);
  const isAnswered = checks.some(({ status }) => status === 'ok');
  if (unkey.apiId === null || !isAnswered) return checks;
  const keys = await createIdentityGateway(client).keys(unkey.apiId, { externalId: null, cursor: null });
  return [...checks, ...keyChecks(keys, planFile === null ? null : ownedBy(planFile))];
}

async function storeArea(config: Config, ownHash: string | null): Promise<readonly Check[]> {
  const { redisUrl, databaseUrl } = config.store;
  // Which of the two is meant is for a person to say.
  if (redisUrl !== null && databaseUrl !== null) return [];
  const found = await readStore(config);
  if ('kind' in found) {
    if (found.kind === 'none') return [checksOf('planwire').ok('store', found.says)];
    const address = ownAddress(config);
    return runningChecks(found.says, address, await readRunning(address));
  }
  return [...storeChecks(found), ...processChecks(found.lookedInto, ownHash)];
}

function settingsOf(config: Config, faulty: ReadonlyMap<string, string>): SettingsToCheck {
  const { stripe, unkey, store, http, workerPort, sync, reconcile } = config;
  const ports = [
    ['PORT', http.port],
    ['ADMIN_PORT', http.adminPort],
    ['WORKER_PORT', workerPort],
  ] as const;
  return {
    faulty,
    redisUrl: store.redisUrl !== null,
    databaseUrl: store.databaseUrl !== null,
    webhookSecrets: stripe.webhookSecrets,
    adminToken: config.adminTokens.length > 0,
    stripe: { live: modeOf(stripe.secretKey) === 'live', address: stripe.apiBaseUrl },
    unkeyAddress: unkey.apiBaseUrl,
    notifyAddress: config.notify?.url ?? null,
    ratePerSecond: sync.ratePerSecond,
    reconcilePerSecond: reconcile.at === null ? 0 : reconcile.ratePerSecond,
    ports: ports.flatMap(([name, port]) => (port === null ? [] : [[name, port] as const])),
    confirms: sync.confirmAfterMs > 0,
    guards: sync.guard !== null,
  };
}

const readyWire = z.record(z.string(), z.object({ ok: z.boolean(), detail: z.string().optional() }));

const patienceMs = 5_000;

/** What the process at this address says of itself; null: none answers that is a Planwire. */
async function readRunning(address: string): Promise<z.output<typeof readyWire> | null> {
  try {
    const response = await fetch(`${address}/readyz`, { signal: AbortSignal.timeout(patienceMs) });
    const parsed = readyWire.safeParse(await response.json());
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
