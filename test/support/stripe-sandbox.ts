import { createCatalog } from '../../src/stripe/catalog.ts';
import { createStripeClient } from '../../src/stripe/client.ts';
import { createStripeReader } from '../../src/stripe/reader.ts';
import { sandboxStripeKey, startStripeSandbox, type StripeSandboxOptions } from '../../src/sandbox/stripe.ts';

export const webhookSecret = 'whsec_of_the_sandbox';

/** A stand-in with a reader on it, as context would put them together. */
export async function stripeWithReader(
  options: Partial<StripeSandboxOptions> & { readonly timeoutMs?: number; readonly maxAgeMs?: number } = {},
) {
  const { timeoutMs = 2_000, maxAgeMs, now = Date.now, ...rest } = options;
  const stripe = await startStripeSandbox({ webhookSecret, now, ...rest });
  const client = createStripeClient({ secretKey: sandboxStripeKey, apiBaseUrl: stripe.url, timeoutMs });
  const catalog = createCatalog(client, { now, ...(maxAgeMs === undefined ? {} : { maxAgeMs }) });
  const reader = createStripeReader(client, catalog, { now });
  return { stripe, client, catalog, reader };
}

/** A product with one price of it, and a customer: what most tests begin with. */
export function seed(stripe: Awaited<ReturnType<typeof startStripeSandbox>>) {
  stripe.products.create({ id: 'prod_team', metadata: { tier: 'team' } });
  stripe.prices.create({ id: 'price_team', product: 'prod_team', lookup_key: 'team_monthly' });
  stripe.customers.create({ id: 'cus_1', metadata: { user_id: 'user_1' }, email: 'someone@example.com' });
}
