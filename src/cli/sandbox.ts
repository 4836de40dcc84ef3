import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { CliIo } from './io.ts';

/** Stand-ins for Stripe and Unkey, to try a deployment without either. */
export function register(program: Command, io: CliIo): void {
  program
    .command('sandbox')
    .description('run a stand-in Stripe and a stand-in Unkey on local ports, with fault injection')
    .option('--stripe-port <number>', 'port of the stand-in Stripe', port, 12111)
    .option('--unkey-port <number>', 'port of the stand-in Unkey', port, 12112)
    .option('--host <address>', 'where both listen; whoever reaches them controls them', '127.0.0.1')
    .option('--webhook-url <url>', 'where events are delivered', 'http://127.0.0.1:3000/webhooks/stripe')
    .option('--webhook-secret <secret>', 'what deliveries are signed with', 'whsec_sandbox')
    .addHelpText('after', help)
    .action(async (options: Options) => {
      const { startStripeSandbox, sandboxStripeKey } = await import('../sandbox/stripe.ts');
      const { startUnkeySandbox, sandboxRootKey } = await import('../sandbox/unkey.ts');
      const { host, webhookSecret, webhookUrl } = options;
      const stripe = await startStripeSandbox({ host, port: options.stripePort, webhookSecret, webhookUrl });
      const unkey = await startUnkeySandbox({ host, port: options.unkeyPort });
      io.stdout.write(
        [
          'Settings for a Planwire that runs against these stand-ins:',
          `  STRIPE_WEBHOOK_SECRET=${webhookSecret}`,
          `  STRIPE_SECRET_KEY=${sandboxStripeKey}`,
          `  STRIPE_API_BASE_URL=${stripe.url}`,
          `  UNKEY_ROOT_KEY=${sandboxRootKey}`,
          `  UNKEY_API_BASE_URL=${unkey.url}`,
          '',
          'Press Ctrl-C to stop.',
          '',
        ].join('\n'),
      );
      await new Promise<void>((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
      });
      await Promise.all([stripe.close(), unkey.close()]);
    });
}

interface Options {
  readonly host: string;
  readonly stripePort: number;
  readonly unkeyPort: number;
  readonly webhookUrl: string;
  readonly webhookSecret: string;
}

function port(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= 65_535) return value;
  throw new InvalidArgumentError('It must be a whole number from 0 to 65535.');
}

const help = `
Both stand-ins are changed and watched over HTTP:
  curl -s localhost:12111/_stripe/customers -d '{"id":"cus_1","metadata":{"user_id":"user_1"}}'
  curl -s localhost:12111/_stripe/products -d '{"id":"prod_1"}'
  curl -s localhost:12111/_stripe/prices -d '{"id":"price_1","product":"prod_1","lookup_key":"team_monthly"}'
  curl -s localhost:12111/_stripe/subscriptions -d '{"customer":"cus_1","status":"active","items":[{"price":"price_1"}]}'
  curl -s localhost:12111/_stripe/deliveries
  curl -s localhost:12112/_unkey/identities
  curl -s localhost:12112/_unkey/settings -d '{"readLagMs":2000}'

Trouble is scripted on either of them (POST adds, GET lists, DELETE clears):
  curl -s localhost:12112/_faults -d '{"match":"identities.updateIdentity","times":2,"status":503,"retryAfter":"1"}'
  curl -s localhost:12112/_faults -d '{"match":"*","latencyMs":[20,80]}'
  curl -s localhost:12112/_faults -d '{"match":"identities.updateIdentity","rate":0.1,"drop":true}'
  curl -s localhost:12111/_faults -d '{"match":"subscriptions.list","times":1,"cut":"before"}'
`;
