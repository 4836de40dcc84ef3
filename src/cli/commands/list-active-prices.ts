import { parseStripeSettings } from '../../config.ts';
import { readArchivedInUse } from '../../stripe/archived-prices.ts';
import { createCatalog } from '../../stripe/catalog.ts';
import { createStripeClient } from '../../stripe/client.ts';
import type { ListActivePrices } from './check.ts';

/** For `check --stripe`, which needs Stripe's settings and no others. */
export const listActivePrices: ListActivePrices = async (env) => {
  const parsed = parseStripeSettings(env);
  if (!parsed.ok) return parsed;
  const client = createStripeClient(parsed.settings);
  return {
    ok: true,
    prices: await createCatalog(client).listActivePrices(),
    archivedInUse: (concern) => readArchivedInUse(client, concern),
  };
};
