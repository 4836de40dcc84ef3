import type { z } from 'zod';
import { adminTokens, sharedToken } from './admin-tokens.ts';
import type { Guard, ReconcileSettings } from './config-fields.ts';
import { environment, type LogLevel } from './config-schema.ts';
import { togetherProblems } from './config-together.ts';
import { tracingFrom, type TracingSettings } from './config-tracing.ts';
import type { ServedAccounts } from './domain/accounts.ts';
import type { AdminToken } from './domain/caller.ts';

/** The settings of a process, parsed once and handed down as a value. `.env.example` says what each is for. */
export interface Config {
  readonly stripe: {
    readonly webhookSecrets: readonly string[];
    readonly secretKey: string;
    readonly apiBaseUrl: string;
    /** Accounts whose customers are served too: connected ones, or those of the organisation whose key it is. */
    readonly accounts: ServedAccounts;
  };
  readonly unkey: {
    readonly rootKey: string;
    readonly apiBaseUrl: string;
    /** The API whose keys are looked at for limits of their own; null: none is. */
    readonly apiId: string | null;
    /** Name of the workspace in Unkey's own addresses, for links; null: none. */
    readonly workspace: string | null;
  };
  readonly store: {
    readonly redisUrl: string | null;
    readonly databaseUrl: string | null;
    readonly dataDir: string;
    readonly prefix: string;
  };
  readonly plansFile: string;
  /** Who may use the admin API and the dashboard; without any both are off. */
  readonly adminTokens: readonly AdminToken[];
  /** The one of them that Planwire's own commands present to a running Planwire. */
  readonly adminToken: string | null;
  readonly http: {
    readonly host: string;
    readonly port: number;
    /** Where probes, metrics and the admin API are; null: beside the webhook. */
    readonly adminPort: number | null;
  };
  /** Where `planwire worker` answers probes and metrics; null: nowhere. */
  readonly workerPort: number | null;
  readonly log: { readonly level: LogLevel; readonly format: 'json' | 'pretty' };
  readonly sync: {
    readonly concurrency: number;
    readonly attempts: number;
    readonly ratePerSecond: number;
    /** 0 switches confirmation off. */
    readonly confirmAfterMs: number;
    readonly guard: Guard | null;
  };
  readonly reconcile: ReconcileSettings;
  /** Whether events that never came are looked for by itself. */
  readonly catchUp: boolean;
  /** Who is told when the state of things changes; null: nobody. */
  readonly notify: {
    readonly url: string;
    readonly secret: string | null;
    readonly format: 'standard' | 'slack';
    /** Where people reach the dashboard, for links; null: none. */
    readonly dashboardUrl: string | null;
  } | null;
  readonly retentionMs: number;
  /** Where traces go; null: nothing is traced. */
  readonly tracing: TracingSettings | null;
}

const dayMs = 86_400_000;

type Env = Readonly<Record<string, string | undefined>>;

/** Names of all settings, in the order of `.env.example`. */
export const settingNames: readonly string[] = Object.keys(environment.shape);

export type ParsedConfig =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reports every problem at once, and never a value: some of them are secrets. */
export function parseConfig(env: Env, terminal: { readonly isTTY: boolean }): ParsedConfig {
  const given = withoutEmpty(env);
  const parsed = environment.safeParse(given);
  const problems = parsed.success ? [] : [...sentences(parsed.error)];
  if (given['REDIS_URL'] !== undefined && given['DATABASE_URL'] !== undefined) {
    problems.push(
      'REDIS_URL and DATABASE_URL are both set; keep the one that names the store and remove the other.',
    );
  }
  for (const [name, message] of togetherProblems(given)) problems.push(`${name} ${message}.`);
  const shared = parsed.success ? sharedToken(adminTokens(parsed.data)) : null;
  if (shared !== null) problems.push(shared);
  if (!parsed.success || problems.length > 0) return { ok: false, problems };
  return { ok: true, config: shape(parsed.data, terminal) };
}

/** What can be used of settings some of which cannot; those have a stand-in value, and stand in `faulty` with why. */
export interface ExaminedConfig {
  readonly config: Config;
  /** Why, by setting, as it follows the name in a sentence. */
  readonly faulty: ReadonlyMap<string, string>;
}

/** For commands that go on where settings are missing or wrong. */
export function examineConfig(env: Env, terminal: { readonly isTTY: boolean }): ExaminedConfig {
  const given = withoutEmpty(env);
  const first = environment.safeParse(given);
  const issues = first.success ? [] : first.error.issues;
  const faulty = new Map([
    ...togetherProblems(given),
    ...issues.map(({ path, message }) => [path.join('.'), message] as const),
  ]);
  const usable = Object.entries(given).filter(([name]) => !faulty.has(name));
  const standIns = Object.entries(requiredStandIns).filter(([name]) => faulty.has(name));
  const data = environment.parse(Object.fromEntries([...usable, ...standIns]));
  return { config: shape(data, terminal), faulty };
}

const requiredStandIns = {
  STRIPE_WEBHOOK_SECRET: 'whsec_missing',
  STRIPE_SECRET_KEY: 'rk_test_missing',
  UNKEY_ROOT_KEY: 'missing',
} as const;

/** An empty variable is how most tools write an absent one; only the guard has a meaning for it. */
function withoutEmpty(env: Env): Record<string, string | undefined> {
  const given = Object.entries(env).filter(([name, value]) => value !== '' || name === 'DOWNGRADE_GUARD');
  return Object.fromEntries(given);
}

function sentences(error: z.ZodError): readonly string[] {
  return error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}.`);
}

function shape(env: z.infer<typeof environment>, terminal: { readonly isTTY: boolean }): Config {
  const live = env.STRIPE_SECRET_KEY.includes('_live_');
  return {
    stripe: {
      webhookSecrets: env.STRIPE_WEBHOOK_SECRET,
      secretKey: env.STRIPE_SECRET_KEY,
      apiBaseUrl: env.STRIPE_API_BASE_URL,
      accounts: env.STRIPE_ACCOUNTS,
    },
    unkey: {
      rootKey: env.UNKEY_ROOT_KEY,
      apiBaseUrl: env.UNKEY_API_BASE_URL,
      apiId: env.UNKEY_API_ID ?? null,
      workspace: env.UNKEY_WORKSPACE ?? null,
    },
    store: {
      redisUrl: env.REDIS_URL ?? null,
      databaseUrl: env.DATABASE_URL ?? null,
      dataDir: env.DATA_DIR,
      prefix: env.STORE_PREFIX,
    },
    plansFile: env.PLANS_FILE,
    adminTokens: adminTokens(env),
    adminToken: env.ADMIN_TOKEN ?? env.ADMIN_TOKENS[0]?.token ?? null,
    http: { host: env.HOST, port: env.PORT, adminPort: env.ADMIN_PORT ?? null },
    workerPort: env.WORKER_PORT ?? null,
    log: { level: env.LOG_LEVEL, format: env.LOG_FORMAT ?? (terminal.isTTY ? 'pretty' : 'json') },
    sync: {
      concurrency: env.SYNC_CONCURRENCY,
      attempts: env.SYNC_ATTEMPTS,
      // Stripe allows 25 requests a second per endpoint live, and 25 in all in a sandbox.
      ratePerSecond: env.SYNC_RATE_PER_SECOND ?? (live ? 20 : 8),
      confirmAfterMs: env.CONFIRM_AFTER_SECONDS * 1000,
      guard: env.DOWNGRADE_GUARD,
    },
    reconcile: {
      at: env.RECONCILE_AT,
      mode: env.RECONCILE_MODE,
      ratePerSecond: env.RECONCILE_RATE_PER_SECOND ?? (live ? 12 : 8),
    },
    catchUp: env.CATCH_UP === 'on',
    notify:
      env.NOTIFY_URL === undefined
        ? null
        : {
            url: env.NOTIFY_URL,
            secret: env.NOTIFY_SECRET ?? null,
            format: env.NOTIFY_FORMAT,
            dashboardUrl: env.DASHBOARD_URL ?? null,
          },
    retentionMs: env.OUTCOME_RETENTION_DAYS * dayMs,
    tracing: tracingFrom(env),
  };
}
