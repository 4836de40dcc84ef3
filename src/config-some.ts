import { examineConfig, type Config } from './config.ts';

type Env = Readonly<Record<string, string | undefined>>;

type Some<Settings> =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly problems: readonly string[] };

/** What reading Stripe needs, for commands that need nothing else. */
export function parseStripeSettings(env: Env): Some<Omit<Config['stripe'], 'webhookSecrets'>> {
  return someOf(env, stripeNeeds, ({ stripe }) => stripe);
}

const stripeNeeds = ['STRIPE_SECRET_KEY', 'STRIPE_API_BASE_URL', 'STRIPE_ACCOUNTS'] as const;

const plansDiffNeeds = [
  ...stripeNeeds,
  'SYNC_RATE_PER_SECOND',
  'DOWNGRADE_GUARD',
  'RECONCILE_RATE_PER_SECOND',
] as const;

/** What deciding about everybody's subscriptions needs; the other settings may be missing or wrong. */
export function parsePlansDiffSettings(env: Env): Some<Pick<Config, 'stripe' | 'sync' | 'reconcile'>> {
  return someOf(env, plansDiffNeeds, (config) => config);
}

/** Where the database is, for commands that need nothing else. */
export function parseStoreSettings(env: Env): Some<Config['store']> {
  return someOf(env, ['DATABASE_URL', 'STORE_PREFIX'], ({ store }) => store);
}

function someOf<Settings>(
  env: Env,
  needs: readonly string[],
  from: (config: Config) => Settings,
): Some<Settings> {
  const { config, faulty } = examineConfig(env, { isTTY: false });
  const problems = needs.filter((name) => faulty.has(name));
  if (problems.length === 0) return { ok: true, settings: from(config) };
  return { ok: false, problems: problems.map((name) => `${name} ${faulty.get(name)}.`) };
}
