import { createPlanwire } from 'planwire';

const {
  STRIPE_SECRET_KEY = '',
  STRIPE_WEBHOOK_SECRET = '',
  UNKEY_ROOT_KEY = '',
  REDIS_URL = '',
} = process.env;
const { STRIPE_API_BASE_URL, UNKEY_API_BASE_URL } = process.env;

const planwire = createPlanwire({
  stripe: {
    secretKey: STRIPE_SECRET_KEY,
    webhookSecret: STRIPE_WEBHOOK_SECRET,
    ...(STRIPE_API_BASE_URL && { apiBaseUrl: STRIPE_API_BASE_URL }),
  },
  unkey: { rootKey: UNKEY_ROOT_KEY, ...(UNKEY_API_BASE_URL && { apiBaseUrl: UNKEY_API_BASE_URL }) },
  store: { redisUrl: REDIS_URL },
  plans: 'plans.yaml',
  sync: { concurrency: 10 },
  log: 'warn',
});

await planwire.start();
console.log('working');

process.once('SIGTERM', () => {
  void planwire.stop().then(() => process.exit());
});
