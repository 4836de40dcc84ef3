import { z } from 'zod';
import { adminToken, namedTokens } from './admin-tokens.ts';
import {
  baseUrl,
  dashboardUrl,
  guard,
  notifySecret,
  notifyUrl,
  reconcileAt,
  required,
  stripeAccounts,
  webhookSecrets,
  whole,
} from './config-fields.ts';
import { tracingFields } from './config-tracing.ts';

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Every setting as it stands in the environment; messages follow its name. */
export const environment = z.object({
  STRIPE_WEBHOOK_SECRET: webhookSecrets,
  STRIPE_SECRET_KEY: required('give a Stripe API key; a restricted, read-only one is enough').regex(
    /^(sk|rk|sk_org)_(live|test)_\S+$/,
    {
      error:
        'is not a Stripe secret or restricted key (sk_live_…, rk_live_…, sk_test_…, rk_test_…), nor the key of an organisation (sk_org_live_…, sk_org_test_…)',
    },
  ),
  STRIPE_API_BASE_URL: baseUrl('https://api.stripe.com').refine((url) => new URL(url).pathname === '/', {
    error: 'has a path; give scheme, host and port only',
  }),
  STRIPE_ACCOUNTS: stripeAccounts,
  UNKEY_ROOT_KEY: required('give an Unkey root key that may read, update and create identities').regex(
    /^\S+$/,
    {
      error: 'contains white space',
    },
  ),
  UNKEY_API_BASE_URL: baseUrl('https://api.unkey.com'),
  UNKEY_API_ID: z
    .string()
    .regex(/^api_\w{1,100}$/, { error: 'is not the id of an API of Unkey, which begins with api_' })
    .optional(),
  UNKEY_WORKSPACE: z
    .string()
    .regex(/^[\w-]{1,100}$/, { error: 'is not the name that stands in app.unkey.com/NAME' })
    .optional(),
  REDIS_URL: z
    .string()
    .regex(/^rediss?(\+sentinel)?:\/\/\S+$/, {
      error: 'is not a redis://, rediss:// or redis+sentinel:// address',
    })
    .optional(),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\/\S+$/, { error: 'is not a postgres:// address' })
    .optional(),
  DATA_DIR: z.string().default('./data'),
  STORE_PREFIX: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,39}$/, {
      error: 'is not 1 to 40 lower-case letters, digits and underscores that begin with a letter',
    })
    .refine((prefix) => !prefix.endsWith('_queues'), {
      error: 'ends in _queues, the name that the queues of another installation have; choose another end',
    })
    .default('planwire'),
  PLANS_FILE: z.string().default('plans.yaml'),
  ADMIN_TOKEN: adminToken.optional(),
  ADMIN_TOKENS: namedTokens,
  ADMIN_READ_TOKEN: adminToken.optional(),
  HOST: z.string().default('0.0.0.0'),
  PORT: whole(0, 65_535).prefault('3000'),
  WORKER_PORT: whole(0, 65_535).optional(),
  ADMIN_PORT: whole(0, 65_535).optional(),
  LOG_LEVEL: z.enum(logLevels, { error: `is not one of ${logLevels.join(', ')}` }).default('info'),
  LOG_FORMAT: z.enum(['json', 'pretty'], { error: 'is neither json nor pretty' }).optional(),
  SYNC_CONCURRENCY: whole(1, 1000).prefault('20'),
  SYNC_ATTEMPTS: whole(1, 1000).prefault('15'),
  SYNC_RATE_PER_SECOND: whole(1, 10_000).optional(),
  CONFIRM_AFTER_SECONDS: whole(0, 86_400).prefault('35'),
  DOWNGRADE_GUARD: guard,
  RECONCILE_AT: reconcileAt.prefault('03:00'),
  RECONCILE_MODE: z
    .enum(['report', 'raise', 'all'], { error: 'is none of report, raise, all' })
    .default('all'),
  RECONCILE_RATE_PER_SECOND: whole(1, 1000).optional(),
  CATCH_UP: z.enum(['on', 'off'], { error: 'is neither on nor off' }).default('on'),
  NOTIFY_URL: notifyUrl.optional(),
  NOTIFY_SECRET: notifySecret.optional(),
  NOTIFY_FORMAT: z
    .enum(['standard', 'slack'], { error: 'is neither standard nor slack' })
    .default('standard'),
  DASHBOARD_URL: dashboardUrl.optional(),
  OUTCOME_RETENTION_DAYS: whole(1, 3650).prefault('30'),
  ...tracingFields,
});
