import { parseStripeSettings } from '../../config-some.ts';
import { activePricesOf, archivedInUseOf, trialPricesOf } from '../../stripe/across-catalogues.ts';
import { createScopes } from '../../stripe/scopes.ts';
import type { ListActivePrices } from './check.ts';

/** For `check --stripe`, which needs Stripe's settings and no others. */
export const listActivePrices: ListActivePrices = async (env) => {
  const parsed = parseStripeSettings(env);
  if (!parsed.ok) return parsed;
  const { accounts, ...options } = parsed.settings;
  const scopes = createScopes(options, accounts, Date.now);
  return {
    ok: true,
    prices: await activePricesOf(scopes),
    trialPrices: await trialPricesOf(scopes),
    archivedInUse: (concern) => archivedInUseOf(scopes, concern),
  };
};
