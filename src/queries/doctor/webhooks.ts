import type { ServedAccounts } from '../../domain/accounts.ts';
import type { Destination, StripeSetup } from '../../domain/stripe-setup.ts';
import { webhooksPage } from '../../domain/upstream/pages.ts';
import { checksOf, inWords, type Check } from './check.ts';
import { counted, listed } from '../../domain/words.ts';
import { connectedEventsChecks } from './connected.ts';
import { permissionRemedy } from './stripe-permissions.ts';
import { leadsToUs, webhookPath as path } from './leads-to-us.ts';

const { ok, warn, fail } = checksOf('stripe');

export interface WebhookNeeds {
  readonly mode: 'live' | 'test';
  /** Signing secrets that are set. */
  readonly secrets: number;
  /** Every type of API v1 that leads to work. */
  readonly recommended: readonly string[];
  readonly accounts: ServedAccounts;
}

/** Whether Stripe sends what concerns us, once, to where Planwire listens. */
export function webhookChecks(setup: StripeSetup, needs: WebhookNeeds): readonly Check[] {
  const unread = unreadChecks(setup);
  const destinations = setup.destinations.ok ? setup.destinations.value : [];
  const endpoints = (setup.endpoints.ok ? setup.endpoints.value : []).map((endpoint) => ({
    ...endpoint,
    from: destinations.find(({ id }) => id === endpoint.id)?.from ?? endpoint.from,
  }));
  // Stripe shows an endpoint among the destinations as well.
  const known = new Set(endpoints.map(({ id }) => id));
  const more = destinations.filter(
    ({ id, payload, url }) =>
      !known.has(id) && !(payload === 'snapshot' && endpoints.some((endpoint) => endpoint.url === url)),
  );
  const all = [...endpoints, ...more];
  const ours = all.filter(({ url }) => url !== null && leadsToUs(url));
  if (ours.length === 0) {
    return setup.endpoints.ok ? [...unread, notFound(all, needs.mode)] : unread;
  }
  const enabled = ours.filter((destination) => destination.enabled);
  if (enabled.length === 0) return [...unread, disabled(ours)];
  return [
    ...unread,
    ok(
      'webhook',
      `${counted(enabled.length, 'destination')} of events found: ${enabled.map(named).join('; ')}.`,
    ),
    ...(ours.length > enabled.length ? [partlyDisabled(ours)] : []),
    modeCheck(enabled, needs.mode),
    typesCheck(enabled, needs.recommended),
    ...accountsChecks(setup, enabled),
    ...connectedEventsChecks(enabled, needs.accounts),
    ...costlyChecks(enabled),
    ...twiceChecks(enabled),
    ...secretChecks(enabled, needs.secrets),
    ...undeliveredChecks(setup, needs.recommended),
  ];
}

function named({ id, url, payload, apiVersion }: Destination): string {
  const version = payload === 'thin' ? 'thin' : (apiVersion ?? "the account's API version");
  return `${id} (${url}, ${version})`;
}

function unreadChecks({ endpoints, destinations }: StripeSetup): readonly Check[] {
  return [
    ['endpoints', endpoints, 'Webhook Endpoints', 'rak_webhook_read'] as const,
    ['destinations', destinations, 'Event Destinations', 'rak_event_destination_read'] as const,
  ].flatMap(([name, answer, resource, permission]) => {
    if (answer.ok) return [];
    const { failure } = answer;
    const id = `permission.${name}`;
    if (failure.status === 403) {
      const detail = `The key may not read ${resource}: nothing can be said of them. Planwire itself runs without.`;
      return [warn(id, detail, permissionRemedy(resource, failure, permission))];
    }
    return [
      warn(id, `${resource} could not be read: ${inWords(failure)}`, `Look at them at ${webhooksPage}.`),
    ];
  });
}

function notFound(all: readonly Destination[], mode: string): Check {
  const others = all.length === 0 ? 'none at all' : listed(all.map(({ url, id }) => url ?? id));
  const detail = `No webhook endpoint of ${mode} mode leads to ${path}; there is ${others}: no change is heard of.`;
  const remedy = `Make one at ${webhooksPage}, in ${mode} mode, that leads to https://YOUR-HOST${path}; README lists its events.${mode === 'live' ? '' : ` While you try: stripe listen --forward-to localhost:3000${path}.`} An endpoint of the other mode needs a key of that mode.`;
  // Deliveries may come by `stripe listen` while somebody tries.
  return mode === 'live' ? fail('webhook', detail, remedy) : warn('webhook', detail, remedy);
}

function disabled(ours: readonly Destination[]): Check {
  const detail = `${ours.map(named).join('; ')} is disabled: Stripe sends nothing.`;
  return fail('webhook.enabled', detail, `Enable it at ${webhooksPage}.`);
}

function partlyDisabled(ours: readonly Destination[]): Check {
  const off = ours.filter(({ enabled }) => !enabled);
  const detail = `${off.map(named).join('; ')} is disabled beside others that are not.`;
  return warn('webhook.enabled', detail, `Delete it at ${webhooksPage}, or enable it.`);
}

function modeCheck(enabled: readonly Destination[], mode: string): Check {
  const foreign = enabled.filter(({ live }) => live !== (mode === 'live'));
  if (foreign.length === 0) return ok('webhook.mode', `It is of ${mode} mode, like the key.`);
  const theirs = mode === 'live' ? 'test' : 'live';
  return fail(
    'webhook.mode',
    `${foreign.map(({ id }) => id).join(', ')} is of ${theirs} mode and the key in STRIPE_SECRET_KEY of ${mode} mode: every event is ignored.`,
    `Set STRIPE_SECRET_KEY to a key of ${theirs} mode, or make an endpoint of ${mode} mode.`,
  );
}

const indispensable = /^customer\.subscription\.(created|updated|deleted)$/;

function typesCheck(enabled: readonly Destination[], recommended: readonly string[]): Check {
  const sent = new Set(enabled.flatMap(({ types }) => types.map((type) => type.replace(/^v1\./, ''))));
  const missing = sent.has('*') ? [] : recommended.filter((type) => !sent.has(type));
  if (missing.length === 0) return ok('webhook.types', 'Every type of event that counts is sent.');
  const lost = missing.filter((type) => indispensable.test(type));
  const say = lost.length > 0 ? fail : warn;
  const first = [...lost, ...missing.filter((type) => !lost.includes(type))];
  return say(
    'webhook.types',
    `${counted(missing.length, 'type')} of events not sent: ${listed(first, 8)}.`,
    `Add to the endpoint at ${webhooksPage}: ${first.join(', ')}.`,
  );
}

/** Customers that are accounts raise events of accounts alone, and those are thin. */
function accountsChecks({ accountsV2 }: StripeSetup, enabled: readonly Destination[]): readonly Check[] {
  if (!accountsV2) return [];
  const heard = enabled.some(({ types }) => types.some((type) => type.startsWith('v2.core.account')));
  if (heard) return [ok('webhook.accounts', 'What happens to accounts of Accounts v2 is sent.')];
  return [
    warn(
      'webhook.accounts',
      'Some customers are accounts of Accounts v2, whose changes no destination sends.',
      `Make a thin event destination at ${webhooksPage} with v2.core.account.created, .updated, .closed and v2.core.account[configuration.customer].updated.`,
    ),
  ];
}

function costlyChecks(enabled: readonly Destination[]): readonly Check[] {
  const costly = enabled.filter(({ types }) => types.includes('*'));
  if (costly.length === 0) return [];
  const detail = `${costly.map(({ id }) => id).join(', ')} sends every type of event: most of them are answered for nothing.`;
  return [warn('webhook.costly', detail, `Choose the types that README lists, at ${webhooksPage}.`)];
}

function twiceChecks(enabled: readonly Destination[]): readonly Check[] {
  const groups = new Map<string, string[]>();
  for (const { url, payload, id, from } of enabled) {
    // One for the own account and one for those that are connected bring different events.
    const place = `${payload} ${url} ${from?.toSorted().join() ?? ''}`;
    groups.set(place, [...(groups.get(place) ?? []), id]);
  }
  return [...groups].flatMap(([place, ids]) => {
    if (ids.length < 2) return [];
    const detail = `${ids.join(' and ')} lead to one address (${place.split(' ')[1]}): every event comes twice.`;
    return [
      warn(
        'webhook.twice',
        detail,
        `Delete one of them at ${webhooksPage}, and its secret from STRIPE_WEBHOOK_SECRET.`,
      ),
    ];
  });
}

/** Each destination signs with a secret of its own. */
function secretChecks(enabled: readonly Destination[], secrets: number): readonly Check[] {
  const most = Math.max(...enabled.map(({ url }) => enabled.filter((other) => other.url === url).length));
  if (most <= secrets) return [];
  return [
    fail(
      'webhook.secrets',
      `${counted(most, 'destination')} lead to one address, and STRIPE_WEBHOOK_SECRET has ${counted(secrets, 'secret')}: deliveries of the others are refused.`,
      `Put the signing secret of each into STRIPE_WEBHOOK_SECRET, comma-separated; ${webhooksPage} shows them.`,
    ),
  ];
}

function undeliveredChecks({ undelivered }: StripeSetup, recommended: readonly string[]): readonly Check[] {
  if (!undelivered.ok) return [];
  const types = undelivered.value.filter((type) => recommended.includes(type));
  if (types.length === 0) return [ok('webhook.delivered', 'Every event of the last day was delivered.')];
  return [
    fail(
      'webhook.delivered',
      `${counted(types.length, 'event')} of the last day not delivered: ${listed([...new Set(types)])}.`,
      `See at ${webhooksPage} what the endpoint answers. 400: STRIPE_WEBHOOK_SECRET is not its signing secret. 404 or no answer: its address does not lead to Planwire.`,
    ),
  ];
}
