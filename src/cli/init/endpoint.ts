import { readFile, writeFile } from 'node:fs/promises';
import { examineConfig } from '../../config.ts';
import { webhooksPage } from '../../domain/upstream/pages.ts';
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
  const { stripe } = examineConfig(settings, { isTTY: false }).config;
  const client = createStripeClient(stripe);
  const before = settings['STRIPE_WEBHOOK_SECRET'] ?? '';
  const secrets = before === '' ? [] : [before];
  // Stripe has an endpoint bring events of the own account or of connected ones, never both.
  for (const connected of stripe.accounts.length === 0 ? [false] : [false, true]) {
    const made = await makeEndpoint(client, url, { connected });
    const whose = connected ? ' for connected accounts' : '';
    if (!made.ok) {
      const problem = upstreamProblem(`The webhook endpoint${whose} could not be made`, made.failure);
      io.stderr.write(`${problem}\nOr make it at ${webhooksPage} and put its secret into ${envFile}.\n`);
      return 1;
    }
    const { id, secret } = made.value;
    secrets.push(secret);
    const text = await readFile(envFile, 'utf8');
    const line = `STRIPE_WEBHOOK_SECRET=${secrets.join(',')}`;
    await writeFile(envFile, text.replace(/^STRIPE_WEBHOOK_SECRET=.*$/m, line));
    io.stdout.write(`${id} at Stripe leads to ${url}${whose}; its secret is in ${envFile}.\n`);
  }
  return 0;
}
