import type { Logger } from 'pino';

/**
 * The settings of Planwire as an object. Each is the setting of the same meaning in `.env.example`, with its default and
 * its bounds; what cannot be used is refused with a sentence that names the option.
 */
export interface PlanwireOptions {
  readonly stripe: {
    /** `sk_…` or, better, a restricted `rk_…` that may read. Live or test in it decides whose events count. */
    readonly secretKey: string;
    /** `whsec_…`, or several while one is rotated. */
    readonly webhookSecret: string | readonly string[];
    /** For a stand-in. Default `https://api.stripe.com`. */
    readonly apiBaseUrl?: string;
    /** Connected accounts (`acct_…`) whose customers are served too. Default: none. */
    readonly accounts?: 'all' | readonly string[];
  };
  readonly unkey: {
    /** A root key that may read, update and create identities. */
    readonly rootKey: string;
    /** Default `https://api.unkey.com`. */
    readonly apiBaseUrl?: string;
    /** `api_…`: keys of this API that override a limit are named by `explain`. */
    readonly apiId?: string;
  };
  /** Default: the embedded store in `./data`, which one process can use. */
  readonly store?: StoreChoice & {
    /** Keeps several installations apart on one server. Default `planwire`. */
    readonly prefix?: string;
  };
  /** The path of a plan file, or its content as an object. Default `plans.yaml`. */
  readonly plans?: string | object;
  /** A pino logger of yours, or the level of one that writes JSON to standard output. Default `info`. */
  readonly log?: Logger | 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  readonly sync?: {
    /** Customers at once in this process. Default 20. */
    readonly concurrency?: number;
    /** Tries before an outcome says failed; tried again every 15 minutes after that. Default 15. */
    readonly attempts?: number;
    /** Over all processes. Default 20 with a live key, 8 with a test key. */
    readonly ratePerSecond?: number;
    /** A write is read back after so many seconds; 0: never. Default 35. */
    readonly confirmAfterSeconds?: number;
    /** More downgrades than that in the time are held back, such as `25/1h`; null: none are. Default `25/1h`. */
    readonly downgradeGuard?: string | null;
  };
  readonly reconcile?: {
    /** Time of day in UTC such as `03:00`; null: not by itself. Default `03:00`. */
    readonly at?: string | null;
    /** Default `all`. */
    readonly mode?: 'report' | 'raise' | 'all';
    /** Reads of each side. */
    readonly ratePerSecond?: number;
  };
  /** Whether events that never came are looked for in Stripe's list. Default true. */
  readonly catchUp?: boolean;
  /** Who is told when the state of things changes. */
  readonly notify?: {
    readonly url: string;
    /** `whsec_…`: the messages are signed as Standard Webhooks has it. Needed unless the format is `slack`. */
    readonly secret?: string;
    /** Default `standard`. */
    readonly format?: 'standard' | 'slack';
  };
  /** Where people reach the dashboard, for links in what `notify` sends. */
  readonly dashboardUrl?: string;
  /** How long outcomes are kept. Default 30. */
  readonly outcomeRetentionDays?: number;
  /**
   * A `TracerProvider` of yours, of `@opentelemetry/api`: each delivery is then a trace in it, beneath the span that your
   * own instrumentation has for the request. Default: nothing is traced.
   */
  readonly tracerProvider?: { getTracer(name: string, version?: string): unknown };
}

export type StoreChoice =
  | { readonly redisUrl: string; readonly databaseUrl?: never; readonly dataDir?: never }
  | { readonly databaseUrl: string; readonly redisUrl?: never; readonly dataDir?: never }
  | { readonly dataDir?: string; readonly redisUrl?: never; readonly databaseUrl?: never };

/** Where each option stands among the settings, by the setting's name. */
export const optionNames = {
  STRIPE_SECRET_KEY: 'stripe.secretKey',
  STRIPE_WEBHOOK_SECRET: 'stripe.webhookSecret',
  STRIPE_API_BASE_URL: 'stripe.apiBaseUrl',
  STRIPE_ACCOUNTS: 'stripe.accounts',
  UNKEY_ROOT_KEY: 'unkey.rootKey',
  UNKEY_API_BASE_URL: 'unkey.apiBaseUrl',
  UNKEY_API_ID: 'unkey.apiId',
  REDIS_URL: 'store.redisUrl',
  DATABASE_URL: 'store.databaseUrl',
  DATA_DIR: 'store.dataDir',
  STORE_PREFIX: 'store.prefix',
  SYNC_CONCURRENCY: 'sync.concurrency',
  SYNC_ATTEMPTS: 'sync.attempts',
  SYNC_RATE_PER_SECOND: 'sync.ratePerSecond',
  CONFIRM_AFTER_SECONDS: 'sync.confirmAfterSeconds',
  DOWNGRADE_GUARD: 'sync.downgradeGuard',
  RECONCILE_AT: 'reconcile.at',
  RECONCILE_MODE: 'reconcile.mode',
  RECONCILE_RATE_PER_SECOND: 'reconcile.ratePerSecond',
  CATCH_UP: 'catchUp',
  NOTIFY_URL: 'notify.url',
  NOTIFY_SECRET: 'notify.secret',
  NOTIFY_FORMAT: 'notify.format',
  DASHBOARD_URL: 'dashboardUrl',
  OUTCOME_RETENTION_DAYS: 'outcomeRetentionDays',
} as const;
