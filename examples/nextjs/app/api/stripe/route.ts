import { createPlanwire, type Planwire } from 'planwire';

/** Node, not Edge: the store is reached over TCP. */
export const runtime = 'nodejs';

/** One for the whole process, whatever reloads this module. */
const kept = globalThis as typeof globalThis & { planwire?: Planwire };

/** Made by the first delivery: `next build` loads this module as well, without any settings. */
function planwire(): Planwire {
  const {
    STRIPE_SECRET_KEY = '',
    STRIPE_WEBHOOK_SECRET = '',
    UNKEY_ROOT_KEY = '',
    REDIS_URL = '',
  } = process.env;
  const { STRIPE_API_BASE_URL, UNKEY_API_BASE_URL } = process.env;
  return (kept.planwire ??= createPlanwire({
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
}

export const POST = async (request: Request): Promise<Response> => {
  // Deliveries alone: a worker elsewhere works them off. The first one starts it, the others find it started.
  await planwire().start({ workers: false });
  return planwire().fetchHandler(request);
};
