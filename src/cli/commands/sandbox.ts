import type { Command } from 'commander';
import type { CliIo } from '../io.ts';
import type { StandIns } from '../demo/stand-ins.ts';
import { startProblem } from './start-problem.ts';
import { port } from '../arguments.ts';

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
      const standIns = await start(io, options);
      if (standIns === null) return;
      const settings = Object.entries(standIns.settings).map(([name, value]) => `  ${name}=${value}\n`);
      io.stdout.write(
        `Settings for a Planwire that runs against these stand-ins:\n${settings.join('')}\nPress Ctrl-C to stop.\n`,
      );
      await new Promise<void>((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
      });
      await standIns.close();
    });
}

async function start(io: CliIo, options: Options): Promise<StandIns | null> {
  const { startStandIns } = await import('../demo/stand-ins.ts');
  const { host, webhookSecret, webhookUrl, stripePort, unkeyPort } = options;
  try {
    return await startStandIns({
      stripe: { host, port: stripePort, webhookSecret, webhookUrl },
      unkey: { host, port: unkeyPort },
    });
  } catch (error) {
    const named = { host: '--host', port: '--stripe-port or --unkey-port' };
    io.stderr.write(`The sandbox cannot start:\n  ${startProblem(error, named)}\n`);
    io.setExitCode(3);
    return null;
  }
}

interface Options {
  readonly host: string;
  readonly stripePort: number;
  readonly unkeyPort: number;
  readonly webhookUrl: string;
  readonly webhookSecret: string;
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
