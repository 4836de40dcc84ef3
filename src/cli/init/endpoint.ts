import { readFile, writeFile } from 'node:fs/promises';
import { examineConfig } from '../../config.ts';
import { createStripeClient } from '../../stripe/client.ts';
import { makeEndpoint } from '../../stripe/make-endpoint.ts';
import type { CliIo } from '../io.ts';
import { upstreamProblem } from '../print/upstream-problem.ts';

const path = '/webhooks/stripe';

/** The address that deliveries are to go to; null: it is none where Planwire takes them. */
export function endpointUrl(text: string): string | null {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.pathname === '/') url.pathname = path;
  return url.pathname.endsWith(path) && url.search === '' && url.hash === '' ? url.href : null;
}

/**
 * Has Stripe make the endpoint and puts its secret, which is told this once, into the file of settings that was just
 * written: had the file to be written afterwards, a full disk would cost the secret.
 */
export async function createEndpoint(
  io: CliIo,
  url: string,
  envFile: string,
  settings: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const client = createStripeClient(examineConfig(settings, { isTTY: false }).config.stripe);
  const made = await makeEndpoint(client, url);
  if (!made.ok) {
    const problem = upstreamProblem('The webhook endpoint could not be made', made.failure);
    io.stderr.write(
      `${problem}\nOr make it at https://dashboard.stripe.com/webhooks and put its secret into ${envFile}.\n`,
    );
    return 1;
  }
  const { id, secret } = made.value;
  const before = settings['STRIPE_WEBHOOK_SECRET'] ?? '';
  const secrets = before === '' ? secret : `${before},${secret}`;
  const text = await readFile(envFile, 'utf8');
  await writeFile(envFile, text.replace(/^STRIPE_WEBHOOK_SECRET=.*$/m, `STRIPE_WEBHOOK_SECRET=${secrets}`));
  io.stdout.write(`${id} at Stripe leads to ${url}; its secret is in ${envFile}.\n`);
  return 0;
}
