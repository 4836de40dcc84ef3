import { parseStripeSettings } from '../../config.ts';
import { readArchivedInUse } from '../../stripe/archived-prices.ts';
import { createCatalog } from '../../stripe/catalog.ts';
import { createStripeClient } from '../../stripe/client.ts';
import { readTrialPrices } from '../../stripe/trial-offers.ts';
import type { ListActivePrices } from './check.ts';

/** For `check --stripe`, which needs Stripe's settings and no others. */
export const listActivePrices: ListActivePrices = async (env) => {
  const parsed = parseStripeSettings(env);
  if (!parsed.ok) return parsed;
  const client = createStripeClient(parsed.settings);
  return {
    ok: true,
    prices: await createCatalog(client).listActivePrices(),
    trialPrices: await readTrialPrices(client),
    archivedInUse: (concern) => readArchivedInUse(client, concern),
  };
};
