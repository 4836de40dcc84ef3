import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listen } from '../../src/sandbox/http.ts';
import { sandboxRootKey, startUnkeySandbox, type UnkeySandbox } from '../../src/sandbox/unkey.ts';
import { sandboxOrganisationKey, startStripeSandbox, type StripeSandbox } from '../../src/sandbox/stripe.ts';
import { recommendedEventTypes } from '../../src/stripe/event-types.ts';
import type { Check } from '../../src/queries/doctor/check.ts';
import { shop } from '../domain/build.ts';
import { command } from './command.ts';

/** An installation in which everything is right, and where each thing can be set up wrong. */
export interface Installation {
  readonly stripe: StripeSandbox;
  readonly unkey: UnkeySandbox;
  /** What doctor is given. */
  readonly env: Record<string, string>;
  /** Of the webhook endpoint that is right. */
  readonly endpointId: string;
  /** What the endpoint answers from now on. */
  answerWith(status: number): void;
  /** Lets the clock of both stand-ins be behind or ahead. */
  shift(ms: number): void;
  writePlans(text: string): Promise<void>;
  doctor(): Promise<{ readonly checks: readonly Check[]; readonly exitCode: number | null }>;
  stop(): Promise<void>;
}

export const rightPlans = shop.replace('access:', '  missing: create\naccess:');
export const webhookUrl = 'https://planwire.example/webhooks/stripe';
export const secret = 'whsec_2fVZ9yqkXq7nM1c0';
const key = 'rk_test_installation';

export async function rightInstallation(): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'planwire-doctor-'));
  let status = 200;
  let shiftMs = 0;
  const receiver = await listen(async (request, response) => {
    request.resume();
    response.writeHead(status).end();
  });
  const now = () => Date.now() + shiftMs;
  const stripe = await startStripeSandbox({
    keys: [key, sandboxOrganisationKey],
    webhookSecret: secret,
    webhookUrl: receiver.url,
    now,
    maxAttempts: 1,
  });
  const unkey = await startUnkeySandbox();
  const plans = join(folder, 'plans.yaml');
  await writeFile(plans, rightPlans);
  stripe.products.create({ id: 'prod_team' });
  stripe.products.create({ id: 'prod_pro', metadata: { tier: 'pro' } });
  stripe.prices.create({ id: 'price_team', product: 'prod_team', lookup_key: 'team_monthly' });
  stripe.prices.create({ id: 'price_pro', product: 'prod_pro' });
  stripe.prices.create({ id: 'price_setup', product: 'prod_pro', recurring: false });
  stripe.customers.create({ id: 'cus_1', metadata: { user_id: 'user_1' } });
  unkey.putIdentity({ externalId: 'user_1' });
  const endpoint = { url: webhookUrl, enabled_events: [...recommendedEventTypes] };
  const { id: endpointId } = stripe.webhookEndpoints.create(endpoint);
  await stripe.settled();
  const env = {
    STRIPE_WEBHOOK_SECRET: secret,
    STRIPE_SECRET_KEY: key,
    STRIPE_API_BASE_URL: stripe.url,
    UNKEY_ROOT_KEY: sandboxRootKey,
    UNKEY_API_BASE_URL: unkey.url,
    ADMIN_TOKEN: 'a-token-for-tests-only',
    PLANS_FILE: plans,
    DATA_DIR: join(folder, 'data'),
  };
  return {
    stripe,
    unkey,
    env,
    endpointId,
    answerWith: (next) => void (status = next),
    shift: (ms) => void (shiftMs = ms),
    writePlans: (text) => writeFile(plans, text),
    async doctor() {
      const { stdout, stderr, exitCode } = await command(['doctor', '--json'], env);
      if (stderr !== '') throw new Error(stderr);
      return { checks: (JSON.parse(stdout) as { checks: Check[] }).checks, exitCode };
    },
    async stop() {
      await Promise.all([stripe.close(), unkey.close(), receiver.close()]);
      await rm(folder, { recursive: true });
    },
  };
}
