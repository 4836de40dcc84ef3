import { recommendedEventTypes } from '../../../src/stripe/event-types.ts';
import { sandboxOrganisationKey } from '../../../src/sandbox/stripe.ts';
import { sandboxRootKey } from '../../../src/sandbox/unkey.ts';
import { rightPlans, secret, webhookUrl, type Installation } from '../../support/doctor.ts';

/** One way to set it up wrong, and what doctor must say about it: this, and nothing else. */
export interface Wrong {
  readonly name: string;
  readonly set: (installation: Installation) => unknown;
  /** The ids of what is not right. */
  readonly finds: readonly string[];
  readonly status: 'warn' | 'fail';
  readonly detail: RegExp;
  readonly remedy: RegExp;
}

/** Nobody listens there: it is not for users, and kept free. */
const nowhere = 'http://127.0.0.1:9';
const withoutType = (type: string) => ({
  enabled_events: recommendedEventTypes.filter((each) => each !== type),
});
const deny =
  (...deniedPermissions: string[]) =>
  ({ stripe }: Installation) =>
    stripe.configure({ deniedPermissions });
const allow =
  (...verbs: string[]) =>
  ({ unkey }: Installation) =>
    unkey.putRootKey({
      key: sandboxRootKey,
      permissions: verbs.map((verb) => `identity.*.${verb}_identity`),
    });

function namesOverrides({ writePlans }: Installation): Promise<void> {
  const override = 'overrides: { api: { limit: 100, duration: 1m } }';
  return writePlans(rightPlans.replaceAll(/^ {4}rank: \d+$/gm, (rank) => `${rank}\n    ${override}`));
}

/** With an endpoint for each, as it should be. */
function serves({ env, stripe }: Installation, accounts: string): void {
  for (const account of accounts.split(',').filter((each) => each.startsWith('acct_1')))
    stripe.connect(account);
  env['STRIPE_ACCOUNTS'] = accounts;
  env['STRIPE_WEBHOOK_SECRET'] = `${secret},whsec_8kWq3nZr5tYb1c7d`;
  const endpoint = { url: webhookUrl, enabled_events: [...recommendedEventTypes] };
  stripe.webhookEndpoints.create({ ...endpoint, application: 'ca_1' });
}

const isOfOrganisation = (env: Installation['env'], accounts: string) =>
  Object.assign(env, { STRIPE_SECRET_KEY: sandboxOrganisationKey, STRIPE_ACCOUNTS: accounts });

const connected: readonly Wrong[] = [
  {
    name: 'a price that a connected account sells, and that stands in no plan',
    set(installation) {
      serves(installation, 'acct_1');
      const account = installation.stripe.connect('acct_1');
      account.products.create({ id: 'prod_1' }, { copies: 0 });
      account.prices.create({ id: 'price_1', product: 'prod_1' }, { copies: 0 });
    },
    finds: ['stripe.prices.mapped'],
    status: 'fail',
    detail: /1 active recurring price in no plan .*price_1 \(account acct_1, product prod_1\)/,
    remedy: /match of the plan file/,
  },
  {
    name: 'no destination for events of connected accounts',
    set({ env, stripe, endpointId }) {
      stripe.connect('acct_1');
      env['STRIPE_ACCOUNTS'] = 'acct_1';
      const twin = { id: endpointId, url: webhookUrl, event_payload: 'snapshot' as const };
      stripe.eventDestinations.create({ ...twin, events_from: ['self'] });
    },
    finds: ['stripe.webhook.connected'],
    status: 'warn',
    detail: /No destination sends events of connected accounts/,
    remedy: /events from connected accounts/,
  },
  {
    name: 'an endpoint of which Stripe does not say whether it is for connected accounts',
    set({ env, stripe }) {
      stripe.connect('acct_1');
      env['STRIPE_ACCOUNTS'] = 'acct_1';
    },
    finds: ['stripe.webhook.connected'],
    status: 'warn',
    detail: /Stripe does not say whether we_\w+ sends events of connected accounts/,
    remedy: /Event Destinations/,
  },
  {
    name: 'an endpoint for connected accounts alone, of whom none is served',
    set: ({ stripe, endpointId }) => stripe.webhookEndpoints.update(endpointId, { application: 'ca_1' }),
    finds: ['stripe.webhook.own'],
    status: 'fail',
    detail: /every event is ignored/,
    remedy: /set STRIPE_ACCOUNTS/,
  },
  {
    name: 'the key of an organisation without its accounts',
    set: ({ env }) => isOfOrganisation(env, 'all'),
    finds: ['planwire.setting.STRIPE_ACCOUNTS'],
    status: 'fail',
    detail: /the key of an organisation has none of its own\.$/,
    remedy: /^Name the accounts to serve/,
  },
  {
    name: 'the key of an organisation, whose destinations nobody can read',
    set({ env, stripe }) {
      stripe.connect('acct_1');
      isOfOrganisation(env, 'acct_1');
    },
    finds: ['stripe.webhook.organisation'],
    status: 'warn',
    detail: /cannot be read with its key/,
    remedy: /Workbench/,
  },
  {
    name: 'the key of an organisation beside an endpoint of one account',
    set({ env, stripe }) {
      stripe.connect('acct_1').webhookEndpoints.create({ id: 'we_old', url: webhookUrl });
      isOfOrganisation(env, 'acct_1');
    },
    finds: ['stripe.webhook.organisation'],
    status: 'warn',
    detail: /we_old is an endpoint of the account acct_1 alone: its events name no account/,
    remedy: /delete this one/,
  },
  {
    name: 'the key of an organisation that may not read one of its accounts',
    set({ env, stripe }) {
      stripe.connect('acct_1');
      isOfOrganisation(env, 'acct_1,acct_2');
    },
    finds: ['stripe.account.acct_2', 'stripe.webhook.organisation'],
    status: 'fail',
    detail: /may not read the connected account acct_2/,
    remedy: /take the account out of STRIPE_ACCOUNTS/,
  },
];

const keys: readonly Wrong[] = [
  {
    name: 'NOTIFY_URL without a secret to sign with',
    set: ({ env }) => (env['NOTIFY_URL'] = 'https://hooks.example.com/planwire'),
    finds: ['planwire.setting.NOTIFY_SECRET'],
    status: 'fail',
    detail: /NOTIFY_SECRET is required with NOTIFY_URL\.$/,
    remedy: /NOTIFY_FORMAT=slack/,
  },
  {
    name: 'notifications sent in the clear',
    set: ({ env }) =>
      Object.assign(env, { NOTIFY_URL: 'http://hooks.example.com/planwire', NOTIFY_FORMAT: 'slack' }),
    finds: ['planwire.in_the_clear.NOTIFY_URL'],
    status: 'warn',
    detail: /NOTIFY_URL is http/,
    remedy: /https/,
  },
  {
    name: 'STRIPE_SECRET_KEY missing',
    set: ({ env }) => (env['STRIPE_SECRET_KEY'] = ''),
    finds: ['planwire.setting.STRIPE_SECRET_KEY'],
    status: 'fail',
    detail: /STRIPE_SECRET_KEY is required\.$/,
    remedy: /STRIPE_SECRET_KEY: give a Stripe API key/,
  },
  {
    name: 'a publishable key in STRIPE_SECRET_KEY',
    set: ({ env }) => (env['STRIPE_SECRET_KEY'] = 'pk_test_abc'),
    finds: ['planwire.setting.STRIPE_SECRET_KEY'],
    status: 'fail',
    detail: /is not a Stripe secret or restricted key/,
    remedy: /STRIPE_SECRET_KEY/,
  },
  {
    name: 'a Stripe key that was rolled',
    set: ({ env }) => (env['STRIPE_SECRET_KEY'] = 'rk_test_rolled'),
    finds: ['stripe.key'],
    status: 'fail',
    detail: /does not accept the key in STRIPE_SECRET_KEY/,
    remedy: /dashboard\.stripe\.com\/apikeys/,
  },
  {
    name: 'something else than accounts in STRIPE_ACCOUNTS',
    set: ({ env }) => (env['STRIPE_ACCOUNTS'] = 'cus_1'),
    finds: ['planwire.setting.STRIPE_ACCOUNTS'],
    status: 'fail',
    detail: /is neither all nor a comma-separated list/,
    remedy: /STRIPE_ACCOUNTS/,
  },
  {
    name: 'a connected account that the key may not read, beside one that it may',
    set: (installation) => serves(installation, 'acct_1,acct_2'),
    finds: ['stripe.account.acct_2'],
    status: 'fail',
    detail: /may not read the connected account acct_2/,
    remedy: /take the account out of STRIPE_ACCOUNTS/,
  },
  {
    name: 'no permission to list the accounts that are all to be served',
    set(installation) {
      serves(installation, 'all');
      deny('rak_accounts_kyc_basic_read')(installation);
    },
    finds: ['stripe.accounts'],
    status: 'fail',
    detail: /Which accounts are connected could not be read/,
    remedy: /name them in STRIPE_ACCOUNTS/,
  },
  {
    name: 'Stripe not reachable',
    set: ({ env }) => (env['STRIPE_API_BASE_URL'] = nowhere),
    finds: ['stripe.reachable'],
    status: 'fail',
    detail: /Stripe does not answer: .*ECONNREFUSED/,
    remedy: /STRIPE_API_BASE_URL/,
  },
  {
    name: 'UNKEY_ROOT_KEY missing',
    set: ({ env }) => delete env['UNKEY_ROOT_KEY'],
    finds: ['planwire.setting.UNKEY_ROOT_KEY'],
    status: 'fail',
    detail: /UNKEY_ROOT_KEY is required/,
    remedy: /UNKEY_ROOT_KEY: give an Unkey root key/,
  },
  {
    name: 'an Unkey key that does not exist',
    set: ({ env }) => (env['UNKEY_ROOT_KEY'] = 'unkey_another'),
    finds: ['unkey.key'],
    status: 'fail',
    detail: /does not accept the key in UNKEY_ROOT_KEY/,
    remedy: /app\.unkey\.com/,
  },
  {
    name: 'a disabled Unkey key',
    set: ({ unkey }) => unkey.putRootKey({ key: sandboxRootKey, state: 'disabled' }),
    finds: ['unkey.key'],
    status: 'fail',
    detail: /does not accept the key in UNKEY_ROOT_KEY.*disabled/,
    remedy: /UNKEY_ROOT_KEY/,
  },
  {
    name: 'Unkey not reachable',
    set: ({ env }) => (env['UNKEY_API_BASE_URL'] = nowhere),
    finds: ['unkey.reachable'],
    status: 'fail',
    detail: /Unkey does not answer/,
    remedy: /UNKEY_API_BASE_URL/,
  },
];

const permission = (
  resource: string,
  slug: string,
  names: readonly string[],
  status: 'warn' | 'fail' = 'fail',
): Wrong => ({
  name: `a Stripe key without ${slug}`,
  set: deny(slug),
  finds: names.map((name) => `stripe.permission.${name}`),
  status,
  detail: new RegExp(`may not read ${resource}`),
  remedy: new RegExp(`permission ${slug} \\(${resource}: Read\\)`),
});

const permissions: readonly Wrong[] = [
  permission('Subscriptions', 'rak_subscription_read', ['subscriptions']),
  permission('Customers', 'rak_customer_read', ['customers']),
  permission('Products', 'rak_product_read', ['products']),
  permission('Prices', 'rak_plan_read', ['prices']),
  permission('Invoices', 'rak_invoice_read', ['invoices']),
  permission('Events', 'rak_event_read', ['events', 'v2.core.events']),
  permission('Checkout Sessions', 'rak_checkout_session_read', ['checkout.sessions'], 'warn'),
  permission('Test clocks', 'rak_billing_clock_read', ['testHelpers.testClocks'], 'warn'),
  permission('Webhook Endpoints', 'rak_webhook_read', ['endpoints'], 'warn'),
  permission('Event Destinations', 'rak_event_destination_read', ['destinations'], 'warn'),
  {
    name: 'no Checkout sessions, though the plan file names the identity by them',
    async set(installation) {
      deny('rak_checkout_session_read')(installation);
      await installation.writePlans(
        rightPlans.replace(
          '"{{customer.metadata.user_id}}"',
          '["{{customer.metadata.user_id}}", "{{checkout.clientReferenceId}}"]',
        ),
      );
    },
    finds: ['stripe.permission.checkout.sessions', 'planwire.plan_file'],
    status: 'fail',
    detail: /checkout\.clientReferenceId cannot be read/,
    remedy: /rak_checkout_session_read/,
  },
  {
    name: 'a root key without read_identity',
    set: allow('update', 'create'),
    finds: ['unkey.permission.listIdentities'],
    status: 'fail',
    detail: /may not call identities\.listIdentities/,
    remedy: /identity\.\*\.read_identity/,
  },
  {
    name: 'a root key without update_identity',
    set: allow('read', 'create'),
    finds: ['unkey.permission.updateIdentity'],
    status: 'fail',
    detail: /nothing can be written/,
    remedy: /identity\.\*\.update_identity/,
  },
  {
    name: 'a root key without create_identity',
    set: allow('read', 'update'),
    finds: ['unkey.permission.createIdentity'],
    status: 'fail',
    detail: /may not call identities\.createIdentity/,
    remedy: /identity\.\*\.create_identity/,
  },
  {
    name: 'a workspace that may ask Unkey too rarely',
    set: ({ unkey }) => unkey.configure({ requestsPerWindow: 500 }),
    finds: ['unkey.limit'],
    status: 'warn',
    detail:
      /limits this workspace to 500 requests a window; 49\d are left .* 8 syncs a second ask for 16 requests/,
    remedy: /Lower SYNC_RATE_PER_SECOND/,
  },
  {
    name: 'a workspace whose requests are spent',
    set: ({ unkey }) => unkey.configure({ requestsPerWindow: 5 }),
    finds: ['unkey.limit'],
    status: 'warn',
    detail: /5 requests a window; 0 are left for \d+ s\.$/,
    remedy: /raise the limit/,
  },
  {
    name: 'overrides, of which setting one cannot be tried',
    set: async (installation) => {
      await namesOverrides(installation);
      installation.unkey.putNamespace('api');
    },
    finds: ['unkey.permission.setOverride'],
    status: 'warn',
    detail: /was not tried: a trial would set an override/,
    remedy: /ratelimit\.\*\.set_override/,
  },
  {
    name: 'an override in a namespace that Unkey does not have',
    set: namesOverrides,
    finds: ['unkey.namespaces', 'unkey.permission.setOverride'],
    status: 'warn',
    detail: /does not have the namespace api of the plan file/,
    remedy: /ratelimit\.limit in it once/,
  },
  {
    name: 'overrides, and a root key without read_override',
    set: async (installation) => {
      await namesOverrides(installation);
      installation.unkey.putNamespace('api');
      allow('read', 'update', 'create')(installation);
    },
    finds: ['unkey.permission.listOverrides', 'unkey.permission.setOverride'],
    status: 'fail',
    detail: /may not call ratelimit\.listOverrides/,
    remedy: /ratelimit\.\*\.read_override/,
  },
  {
    name: 'a workspace without any identity, where creating cannot be tried',
    set: ({ unkey }) => unkey.identities().forEach(({ id }) => unkey.eraseIdentity(id)),
    finds: ['unkey.permission.createIdentity'],
    status: 'warn',
    detail: /was not tried/,
    remedy: /identity\.\*\.create_identity/,
  },
];

const webhooks: readonly Wrong[] = [
  {
    name: 'no endpoint that leads to Planwire',
    set: ({ stripe, endpointId }) =>
      stripe.webhookEndpoints.update(endpointId, { url: 'https://planwire.example/stripe' }),
    finds: ['stripe.webhook'],
    status: 'warn',
    detail:
      /No webhook endpoint of test mode leads to \/webhooks\/stripe; there is https:\/\/planwire\.example\/stripe/,
    remedy: /in test mode, that leads to https:\/\/YOUR-HOST\/webhooks\/stripe/,
  },
  {
    name: 'a disabled endpoint',
    set: ({ stripe, endpointId }) => stripe.webhookEndpoints.update(endpointId, { status: 'disabled' }),
    finds: ['stripe.webhook.enabled'],
    status: 'fail',
    detail: /is disabled: Stripe sends nothing/,
    remedy: /Enable it/,
  },
  {
    name: 'an endpoint without an event that counts',
    set: ({ stripe, endpointId }) =>
      stripe.webhookEndpoints.update(endpointId, withoutType('customer.subscription.deleted')),
    finds: ['stripe.webhook.types'],
    status: 'fail',
    detail: /1 type of events not sent: customer\.subscription\.deleted/,
    remedy: /Add to the endpoint .*customer\.subscription\.deleted/,
  },
  {
    name: 'an endpoint without an event that only hastens',
    set: ({ stripe, endpointId }) =>
      stripe.webhookEndpoints.update(endpointId, withoutType('invoice.overdue')),
    finds: ['stripe.webhook.types'],
    status: 'warn',
    detail: /invoice\.overdue/,
    remedy: /invoice\.overdue/,
  },
  {
    name: 'an endpoint with every event',
    set: ({ stripe, endpointId }) => stripe.webhookEndpoints.update(endpointId, { enabled_events: ['*'] }),
    finds: ['stripe.webhook.costly'],
    status: 'warn',
    detail: /sends every type of event/,
    remedy: /Choose the types/,
  },
  {
    name: 'two endpoints on one URL',
    set({ stripe, env }) {
      stripe.webhookEndpoints.create({ url: webhookUrl, enabled_events: [...recommendedEventTypes] });
      env['STRIPE_WEBHOOK_SECRET'] = `${secret},whsec_of_the_other_one`;
    },
    finds: ['stripe.webhook.twice'],
    status: 'warn',
    detail: /lead to one address \(https:\/\/planwire\.example\/webhooks\/stripe\): every event comes twice/,
    remedy: /Delete one/,
  },
  {
    name: 'a thin destination beside the endpoint, and one secret',
    set: ({ stripe }) =>
      stripe.eventDestinations.create({
        url: webhookUrl,
        enabled_events: ['v1.customer.subscription.updated'],
      }),
    finds: ['stripe.webhook.secrets'],
    status: 'fail',
    detail: /2 destinations lead to one address, and STRIPE_WEBHOOK_SECRET has 1 secret/,
    remedy: /the signing secret of each/,
  },
  {
    name: 'trial offers that may not be read',
    set: deny('rak_trial_offer_read'),
    finds: ['stripe.permission.productCatalog.trialOffers'],
    status: 'warn',
    detail: /may not read Trial offers, and so an item on a trial offer goes by its own price/,
    remedy: /rak_trial_offer_read/,
  },
  {
    name: 'Accounts v2 whose changes nobody sends',
    set: ({ stripe }) => stripe.customers.create({ id: 'cus_account', account: 'acct_1' }, { copies: 0 }),
    finds: ['stripe.webhook.accounts'],
    status: 'warn',
    detail: /accounts of Accounts v2/,
    remedy: /thin event destination .*v2\.core\.account\.created/,
  },
  {
    name: 'a test key with a live endpoint',
    set: ({ stripe, endpointId }) => stripe.webhookEndpoints.update(endpointId, { livemode: true }),
    finds: ['stripe.webhook.mode'],
    status: 'fail',
    detail: /is of live mode and the key in STRIPE_SECRET_KEY of test mode/,
    remedy: /Set STRIPE_SECRET_KEY to a key of live mode/,
  },
  {
    name: 'the secret of another endpoint: deliveries are refused',
    async set({ stripe, answerWith, shift }) {
      answerWith(400);
      shift(-600_000);
      stripe.customers.update('cus_1', { metadata: { user_id: 'user_2' } });
      await stripe.settled();
      shift(0);
    },
    finds: ['stripe.webhook.delivered'],
    status: 'fail',
    detail: /1 event of the last day not delivered: customer\.updated/,
    remedy: /400: STRIPE_WEBHOOK_SECRET is not its signing secret/,
  },
  {
    name: 'STRIPE_WEBHOOK_SECRET missing',
    set: ({ env }) => delete env['STRIPE_WEBHOOK_SECRET'],
    finds: ['planwire.setting.STRIPE_WEBHOOK_SECRET'],
    status: 'fail',
    detail: /STRIPE_WEBHOOK_SECRET is required/,
    remedy: /signing secret/,
  },
  {
    name: 'a STRIPE_WEBHOOK_SECRET that was never filled in',
    set: ({ env }) => (env['STRIPE_WEBHOOK_SECRET'] = 'whsec_…'),
    finds: ['planwire.webhook_secret'],
    status: 'fail',
    detail: /a secret that Stripe did not make/,
    remedy: /Copy the signing secret/,
  },
  {
    name: 'an API key for STRIPE_WEBHOOK_SECRET',
    set: ({ env }) => (env['STRIPE_WEBHOOK_SECRET'] = 'sk_test_abc'),
    finds: ['planwire.setting.STRIPE_WEBHOOK_SECRET'],
    status: 'fail',
    detail: /begin with whsec_/,
    remedy: /STRIPE_WEBHOOK_SECRET/,
  },
];

const surroundings: readonly Wrong[] = [
  {
    name: 'a clock that is 10 min slow',
    set: ({ stripe }) => stripe.configure({ dateSkewSeconds: 600 }),
    finds: ['stripe.clock'],
    status: 'fail',
    detail: /(599|600|601) s behind Stripe's/,
    remedy: /NTP/,
  },
  {
    name: 'a clock that is 2 min fast',
    set: ({ stripe }) => stripe.configure({ dateSkewSeconds: -120 }),
    finds: ['stripe.clock'],
    status: 'warn',
    detail: /(119|120|121) s ahead of Stripe's/,
    remedy: /NTP/,
  },
  {
    name: 'a price that the plan file forgot',
    set: ({ stripe }) => stripe.prices.create({ id: 'price_new', product: stripe.products.create({}).id }),
    finds: ['stripe.prices.mapped'],
    status: 'fail',
    detail: /1 active recurring price in no plan and no add-on: active price price_new/,
    remedy: /Add them to a match/,
  },
  {
    name: 'a price in two plans',
    set: ({ stripe }) => stripe.products.update('prod_team', { metadata: { tier: 'pro' } }),
    finds: ['stripe.prices.once'],
    status: 'fail',
    detail: /price_team .* is matched by plan team and plan pro/,
    remedy: /Keep it in one/,
  },
  {
    name: 'no plan file',
    set: ({ env }) => (env['PLANS_FILE'] = '/nowhere/plans.yaml'),
    finds: ['planwire.plan_file'],
    status: 'fail',
    detail: /\/nowhere\/plans\.yaml:1:1 there is no such file/,
    remedy: /Set PLANS_FILE .* planwire init/,
  },
  {
    name: 'a plan file with a mistake',
    set: ({ writePlans }) => writePlans(rightPlans.replace('rank: 10', 'rnk: 10')),
    finds: ['planwire.plan_file'],
    status: 'fail',
    detail: /plans\.team\.rnk/,
    remedy: /Write "rank"/,
  },
];

const ownLimits: readonly Wrong[] = [
  {
    name: 'keys with limits of their own',
    set({ unkey, env }) {
      env['UNKEY_API_ID'] = 'api_1';
      const own = (name: string) => [{ name, limit: 5, duration: 60_000, autoApply: true }];
      const key = { apiId: 'api_1', externalId: 'user_1' };
      unkey.putKey({ ...key, key: 'sk_1', keyId: 'key_1' });
      unkey.putKey({ ...key, key: 'sk_2', keyId: 'key_2', ratelimits: own('requests') });
      unkey.putKey({ ...key, key: 'sk_3', keyId: 'key_3', ratelimits: own('theirs') });
    },
    finds: ['unkey.keys'],
    status: 'warn',
    detail: /^1 of 3 sampled keys override requests of their identity: key_2\./,
    remedy: /planwire reconcile --keys/,
  },
  {
    name: 'a root key that may not read keys',
    set(installation) {
      installation.env['UNKEY_API_ID'] = 'api_1';
      allow('read', 'update', 'create')(installation);
    },
    finds: ['unkey.permission.listKeys'],
    status: 'warn',
    detail: /may not call apis\.listKeys/,
    remedy: /api\.\*\.read_key/,
  },
];

const settings: readonly Wrong[] = [
  {
    name: 'ADMIN_TOKEN absent',
    set: ({ env }) => delete env['ADMIN_TOKEN'],
    finds: ['planwire.admin_token'],
    status: 'warn',
    detail: /No admin token is set/,
    remedy: /Set ADMIN_TOKEN to 16 characters or more/,
  },
  {
    name: 'REDIS_URL and DATABASE_URL both',
    set: ({ env }) =>
      Object.assign(env, { REDIS_URL: 'redis://127.0.0.1:9', DATABASE_URL: 'postgres://127.0.0.1:9/x' }),
    finds: ['planwire.one_store'],
    status: 'fail',
    detail: /both set/,
    remedy: /Keep the one/,
  },
  {
    name: 'a store that is away',
    set: ({ env }) => (env['REDIS_URL'] = 'redis://127.0.0.1:9'),
    finds: ['planwire.store'],
    status: 'fail',
    detail: /Redis/,
    remedy: /REDIS_URL/,
  },
  {
    name: 'two ports that are one',
    set: ({ env }) => Object.assign(env, { PORT: '3000', ADMIN_PORT: '3000' }),
    finds: ['planwire.ports'],
    status: 'fail',
    detail: /PORT and ADMIN_PORT are both 3000/,
    remedy: /ADMIN_PORT/,
  },
  {
    name: 'more syncs a second than Stripe allows',
    set: ({ env }) => (env['SYNC_RATE_PER_SECOND'] = '50'),
    finds: ['planwire.rates'],
    status: 'warn',
    detail: /together 58 a second; Stripe allows 25 in all in test mode/,
    remedy: /SYNC_RATE_PER_SECOND/,
  },
  {
    name: 'no downgrade guard',
    set: ({ env }) => (env['DOWNGRADE_GUARD'] = ''),
    finds: ['planwire.guard'],
    status: 'warn',
    detail: /DOWNGRADE_GUARD is empty/,
    remedy: /DOWNGRADE_GUARD/,
  },
  {
    name: 'writes that are not read back',
    set: ({ env }) => (env['CONFIRM_AFTER_SECONDS'] = '0'),
    finds: ['planwire.confirmation'],
    status: 'warn',
    detail: /CONFIRM_AFTER_SECONDS is 0/,
    remedy: /CONFIRM_AFTER_SECONDS/,
  },
];

export const wrongs: readonly Wrong[] = [
  ...keys,
  ...connected,
  ...ownLimits,
  ...permissions,
  ...webhooks,
  ...surroundings,
  ...settings,
];
