import { webhooksPage } from '../../domain/upstream/pages.ts';
import { checksOf, type Check } from './check.ts';
import { capital, counted } from '../../domain/words.ts';

const { ok, warn, fail } = checksOf('planwire');

/** What the settings say, as far as it can be right or wrong by itself. */
export interface SettingsToCheck {
  /** Why a setting cannot be used, by its name. */
  readonly faulty: ReadonlyMap<string, string>;
  readonly redisUrl: boolean;
  readonly databaseUrl: boolean;
  readonly webhookSecrets: readonly string[];
  readonly adminToken: boolean;
  readonly stripe: { readonly live: boolean; readonly address: string };
  readonly unkeyAddress: string;
  readonly ratePerSecond: number;
  readonly reconcilePerSecond: number;
  readonly ports: readonly (readonly [name: string, port: number])[];
  /** null: nobody is notified. */
  readonly notifyAddress: string | null;
  readonly confirms: boolean;
  readonly guards: boolean;
}

export function settingsChecks(given: SettingsToCheck): readonly Check[] {
  return [
    ...usableChecks(given),
    ...togetherChecks(given),
    ...secretChecks(given),
    given.adminToken
      ? ok('admin_token', 'The admin API and the dashboard are open to whoever has a token.')
      : warn(
          'admin_token',
          'No admin token is set: /v1 and /dashboard answer 404, and commands reach no running Planwire.',
          'Set ADMIN_TOKEN to 16 characters or more: openssl rand -hex 24.',
        ),
    ...switchedOffChecks(given),
  ];
}

function usableChecks({ faulty }: SettingsToCheck): readonly Check[] {
  if (faulty.size === 0) return [ok('settings', 'Every setting can be used.')];
  return [...faulty].map(([name, message]) => {
    const [what = message, ...how] = message.split(/[:;] /);
    const remedy =
      how.length > 0 ? `${capital(how.join('; '))}.` : `Correct ${name}; .env.example says what it takes.`;
    return fail(`setting.${name}`, `${name} ${what}.`, remedy.replace(/^Give/, `Set ${name}: give`));
  });
}

/** Each may be right alone. */
function togetherChecks(given: SettingsToCheck): readonly Check[] {
  const { redisUrl, databaseUrl, stripe, unkeyAddress } = given;
  const checks: Check[] = [];
  if (redisUrl && databaseUrl) {
    checks.push(
      fail(
        'one_store',
        'REDIS_URL and DATABASE_URL are both set.',
        'Keep the one that names the store and remove the other.',
      ),
    );
  }
  if (stripe.live && new URL(stripe.address).hostname !== 'api.stripe.com') {
    checks.push(
      fail(
        'stripe_address',
        `STRIPE_API_BASE_URL sends a live key to ${new URL(stripe.address).host}, which is not Stripe.`,
        'Remove STRIPE_API_BASE_URL, or use a test key with a stand-in.',
      ),
    );
  }
  const open = [
    ['STRIPE_API_BASE_URL', stripe.address] as const,
    ['UNKEY_API_BASE_URL', unkeyAddress] as const,
  ];
  for (const [name] of open.filter(([, address]) => isInTheClear(address))) {
    checks.push(
      fail(
        `in_the_clear.${name}`,
        `${name} is http: everybody on the way reads the key.`,
        `Use https in ${name}.`,
      ),
    );
  }
  if (given.notifyAddress !== null && isInTheClear(given.notifyAddress)) {
    checks.push(
      warn(
        'in_the_clear.NOTIFY_URL',
        'NOTIFY_URL is http: everybody on the way reads what is notified.',
        'Use https in NOTIFY_URL.',
      ),
    );
  }
  return [...checks, ...rateChecks(given), ...portChecks(given)];
}

function isInTheClear(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  return (
    protocol === 'http:' &&
    hostname.includes('.') &&
    !/^(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(hostname)
  );
}

/** Stripe's own bound, live for each endpoint and in test mode for all of them. */
const stripePerSecond = 25;

function rateChecks({ stripe, ratePerSecond, reconcilePerSecond }: SettingsToCheck): readonly Check[] {
  const together = stripe.live ? ratePerSecond : ratePerSecond + reconcilePerSecond;
  if (together <= stripePerSecond) return [];
  const names = stripe.live
    ? 'SYNC_RATE_PER_SECOND is'
    : 'SYNC_RATE_PER_SECOND and RECONCILE_RATE_PER_SECOND are together';
  return [
    warn(
      'rates',
      `${names} ${together} a second; Stripe allows ${stripePerSecond} ${stripe.live ? 'for each endpoint' : 'in all in test mode'} and refuses the rest.`,
      'Lower SYNC_RATE_PER_SECOND, unless Stripe has raised your limit.',
    ),
  ];
}

function portChecks({ ports }: SettingsToCheck): readonly Check[] {
  const taken = ports.filter(([, port]) => port !== 0);
  return taken.flatMap(([name, port], index) => {
    const other = taken.slice(0, index).find(([, earlier]) => earlier === port);
    if (other === undefined) return [];
    return [fail('ports', `${other[0]} and ${name} are both ${port}.`, `Set ${name} to another port.`)];
  });
}

/** A secret that cannot be one makes every delivery be refused with 400. */
function secretChecks({ webhookSecrets, faulty }: SettingsToCheck): readonly Check[] {
  if (faulty.has('STRIPE_WEBHOOK_SECRET')) return [];
  const odd = webhookSecrets.filter(
    (secret) => !/^whsec_[A-Za-z0-9+/=_-]{6,}$/.test(secret) || /^whsec_(.)\1*$/.test(secret),
  );
  const remedy = `Copy the signing secret of the endpoint from ${webhooksPage}.`;
  if (odd.length > 0)
    return [fail('webhook_secret', 'STRIPE_WEBHOOK_SECRET has a secret that Stripe did not make.', remedy)];
  if (new Set(webhookSecrets).size < webhookSecrets.length)
    return [warn('webhook_secret', 'STRIPE_WEBHOOK_SECRET has the same secret twice.', remedy)];
  return [
    ok(
      'webhook_secret',
      `STRIPE_WEBHOOK_SECRET has ${counted(webhookSecrets.length, 'secret')} of the right shape.`,
    ),
  ];
}

function switchedOffChecks({ confirms, guards }: SettingsToCheck): readonly Check[] {
  return [
    ...(confirms
      ? []
      : [
          warn(
            'confirmation',
            'CONFIRM_AFTER_SECONDS is 0: a write that did not stick is not noticed.',
            'Remove CONFIRM_AFTER_SECONDS.',
          ),
        ]),
    ...(guards
      ? []
      : [
          warn(
            'guard',
            'DOWNGRADE_GUARD is empty: a wrong plan file lowers everybody at once.',
            'Remove DOWNGRADE_GUARD.',
          ),
        ]),
  ];
}
