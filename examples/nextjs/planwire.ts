import { createPlanwire } from 'planwire';

const {
  STRIPE_SECRET_KEY = '',
  STRIPE_WEBHOOK_SECRET = '',
  UNKEY_ROOT_KEY = '',
  REDIS_URL = '',
} = process.env;
const { STRIPE_API_BASE_URL, UNKEY_API_BASE_URL } = process.env;

/** One for the whole process, whatever reloads this module. */
const kept = globalThis as typeof globalThis & { planwire?: ReturnType<typeof createPlanwire> };

export const planwire = (kept.planwire ??= createPlanwire({
  stripe: {
    secretKey: STRIPE_SECRET_KEY,
    webhookSecret: STRIPE_WEBHOOK_SECRET,
    ...(STRIPE_API_BASE_URL && { apiBaseUrl: STRIPE_API_BASE_URL }),
  },
  unkey: { rootKey: UNKEY_ROOT_KEY, ...(UNKEY_API_BASE_URL && { apiBaseUrl: UNKEY_API_BASE_URL }) },
  store: { redisUrl: REDIS_URL },
  plans: 'plans.yaml',
  log: 'warn',
}));
