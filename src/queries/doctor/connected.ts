import type { ServedAccounts } from '../../domain/accounts.ts';
import { fromConnected, type Destination, type StripeSetup } from '../../domain/stripe-setup.ts';
import type { Answer } from '../../domain/upstream/failure.ts';
import { webhooksPage } from '../../domain/upstream/pages.ts';
import { checksOf, inWords, type Check } from './check.ts';
import { leadsToUs } from './leads-to-us.ts';
import { counted } from '../../domain/words.ts';

const { ok, warn, fail, untold } = checksOf('stripe');

/** A connected account, and whether the subscriptions in it could be read. */
export interface ConnectedTrial {
  readonly account: string;
  readonly answer: Answer<unknown>;
}

/**
 * Whether what happens in connected accounts is sent. A webhook endpoint tells it by the application that it names, or
 * where it stands among the event destinations as well.
 */
export function connectedEventsChecks(
  enabled: readonly Destination[],
  accounts: ServedAccounts,
): readonly Check[] {
  const brings = (name: string) => enabled.filter(({ from }) => from?.includes(name) === true);
  const unknown = enabled.filter(({ from }) => from === null);
  const connected = brings(fromConnected);
  if (accounts !== 'all' && accounts.length === 0) {
    if (unknown.length > 0 || connected.length < enabled.length || brings('@self').length > 0) return [];
    return [
      fail(
        'webhook.own',
        'Only events of connected accounts are sent, and STRIPE_ACCOUNTS names none: every event is ignored.',
        `Make a destination for events of your account at ${webhooksPage}, or set STRIPE_ACCOUNTS.`,
      ),
    ];
  }
  if (connected.length > 0) {
    const detail = `Events of connected accounts are sent by ${connected.map(({ id }) => id).join(', ')}.`;
    return [ok('webhook.connected', detail)];
  }
  if (unknown.length === 0) {
    return [
      warn(
        'webhook.connected',
        'No destination sends events of connected accounts, which STRIPE_ACCOUNTS names: what changes there waits for the hourly catch-up.',
        `Make one at ${webhooksPage} with events from connected accounts, and add its secret to STRIPE_WEBHOOK_SECRET.`,
      ),
    ];
  }
  return [
    warn(
      'webhook.connected',
      `Stripe does not say whether ${unknown.map(({ id }) => id).join(', ')} sends events of connected accounts.`,
      `Look at ${webhooksPage} whether one of them is for connected accounts; a key that may read Event Destinations lets this be told.`,
    ),
  ];
}

/** Event destinations of an organisation stand in no account, and its key reads in accounts alone. */
export function organisationWebhookCheck(account: string, { endpoints }: StripeSetup): Check {
  const ofAccount = (endpoints.ok ? endpoints.value : []).filter(
    ({ url, enabled }) => enabled && url !== null && leadsToUs(url),
  );
  if (ofAccount.length > 0) {
    return warn(
      'webhook.organisation',
      `${ofAccount.map(({ id }) => id).join(', ')} is an endpoint of the account ${account} alone: its events name no account, and are ignored.`,
      "Make an event destination in the organisation's Workbench, with events from its accounts, and delete this one.",
    );
  }
  return warn(
    'webhook.organisation',
    'The event destinations of an organisation cannot be read with its key: whether one leads here cannot be told.',
    "See in the organisation's Workbench that one leads to https://YOUR-HOST/webhooks/stripe and sends what README lists; doctor has nothing more to say of it.",
  );
}

/** Each account whose customers are served has to be one that the key may read. */
export function connectedChecks(
  accounts: ServedAccounts,
  listed: Answer<readonly string[]>,
  trials: readonly ConnectedTrial[],
): readonly Check[] {
  if (accounts !== 'all' && accounts.length === 0) return [];
  if (!listed.ok) {
    return [
      fail(
        'accounts',
        `Which accounts are connected could not be read, and so reconcile and catch-up fail: ${inWords(listed.failure)}`,
        'Give the key in STRIPE_SECRET_KEY the permission to read connected accounts, or name them in STRIPE_ACCOUNTS.',
      ),
    ];
  }
  const refused = trials.flatMap(({ account, answer }) => (answer.ok ? [] : [{ account, ...answer }]));
  const checks = refused.map(({ account, failure }) =>
    failure.status === 403
      ? fail(
          `account.${account}`,
          `The key may not read the connected account ${account}: its customers are not synced, and reconcile fails.`,
          'Give the key in STRIPE_SECRET_KEY its read permissions for connected accounts too, or take the account out of STRIPE_ACCOUNTS.',
        )
      : untold(`account.${account}`, `the connected account ${account} can be read`, failure),
  );
  if (checks.length > 0) return checks;
  const tried = `the subscriptions of ${counted(trials.length, 'connected account')} can be read`;
  return [ok('accounts', `${counted(listed.value.length, 'connected account')} served: ${tried}.`)];
}
