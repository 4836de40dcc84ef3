import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { isOrganisation } from '../../domain/accounts.ts';
import { askOn, type Ask } from '../ask.ts';
import type { CliIo } from '../io.ts';

interface Options {
  readonly plans?: string;
  readonly env: string;
  readonly yes?: boolean;
  readonly createEndpoint?: string;
}

export function register(program: Command, io: CliIo): void {
  program
    .command('init')
    .description('write a first plan file and .env, from what Stripe sells and what Unkey has')
    .option('--plans <file>', 'the plan file (default: PLANS_FILE, else plans.yaml)')
    // Not --env-file: Node takes that for one of its own, wherever it stands.
    .option('--env <file>', 'the file of settings', '.env')
    .option('--create-endpoint <url>', 'have Stripe make the webhook endpoint, and store its secret')
    .option('--yes', 'ask nothing: the keys are in the environment')
    .addHelpText('after', help)
    .action(async (options: Options) => {
      const ask = options.yes === true ? null : askOn(io);
      try {
        io.setExitCode(await init(io, options, ask));
      } finally {
        ask?.close();
      }
    });
}

async function init(io: CliIo, options: Options, ask: Ask | null): Promise<number> {
  const files = { plans: options.plans ?? (io.env['PLANS_FILE'] || 'plans.yaml'), env: options.env };
  if (existsSync(files.plans) && existsSync(files.env)) {
    io.stderr.write(
      `${files.plans} and ${files.env} are there already and are left as they are: planwire doctor looks at them.\n`,
    );
    return 1;
  }
  const { collect, nextSteps, prepare, write } = await import('../init/steps.ts');
  const { createEndpoint, endpointUrl } = await import('../init/endpoint.ts');
  const { createEndpoint: given } = options;
  const url = given === undefined ? null : endpointUrl(given);
  if (given !== undefined && url === null) {
    io.stderr.write('--create-endpoint takes an address such as https://YOUR-HOST/webhooks/stripe.\n');
    return 2;
  }
  if (url !== null && existsSync(files.env)) {
    io.stderr.write(`${files.env} is there already: the secret of an endpoint could not be put into it.\n`);
    return 1;
  }
  const settings = await collect(io, ask, url !== null);
  if (settings === null) return 3;
  if (url !== null && isOrganisation(settings['STRIPE_SECRET_KEY'] ?? '')) {
    io.stderr.write(
      "--create-endpoint cannot make the destination of an organisation: make it in the organisation's Workbench, with events from its accounts, and set STRIPE_WEBHOOK_SECRET to its secret.\n",
    );
    return 2;
  }
  const prepared = await prepare(io, files, settings);
  if (prepared === null) return 1;
  io.stdout.write(prepared.summary);
  const agreed = options.yes === true || /^y(es)?$/i.test((await ask?.question('Write them? [y/N] ')) ?? '');
  if (!agreed) {
    io.stderr.write('Nothing was written: add --yes to do it.\n');
    return 1;
  }
  let code = await write(io, prepared);
  if (code === 0 && url !== null) code = await createEndpoint(io, url, files.env, settings);
  if (code === 0) io.stdout.write(nextSteps);
  return code;
}

const help = `
Takes the keys from the environment, or asks for them at a terminal. Reads the
active recurring prices of Stripe and the limits of Unkey's identities, and
writes a plan file with a guess for each plan, plans.schema.json for editors
beside it, and the settings, which only you may read. Never overwrites a file.
--create-endpoint needs a key that may write Webhook Endpoints; with
STRIPE_ACCOUNTS it makes one more, for connected accounts.

Examples:
  planwire init
  STRIPE_SECRET_KEY=rk_… UNKEY_ROOT_KEY=unkey_… planwire init --yes
  planwire init --create-endpoint https://planwire.example.com/webhooks/stripe
`;
