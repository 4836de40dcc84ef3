import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { askOn, type Ask } from '../ask.ts';
import type { CliIo } from '../io.ts';

interface Options {
  readonly plans?: string;
  readonly envFile: string;
  readonly yes?: boolean;
}

export function register(program: Command, io: CliIo): void {
  program
    .command('init')
    .description('write a first plan file and .env, from what Stripe sells and what Unkey has')
    .option('--plans <file>', 'the plan file (default: PLANS_FILE, else plans.yaml)')
    .option('--env-file <file>', 'the file of settings', '.env')
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
  const files = { plans: options.plans ?? (io.env['PLANS_FILE'] || 'plans.yaml'), env: options.envFile };
  if (existsSync(files.plans) && existsSync(files.env)) {
    io.stderr.write(
      `${files.plans} and ${files.env} are there already and are left as they are: planwire doctor looks at them.\n`,
    );
    return 1;
  }
  const { collect, prepare, write } = await import('../init/steps.ts');
  const settings = await collect(io, ask);
  if (settings === null) return 3;
  const prepared = await prepare(io, files, settings);
  if (prepared === null) return 1;
  io.stdout.write(prepared.summary);
  const agreed = options.yes === true || /^y(es)?$/i.test((await ask?.question('Write them? [y/N] ')) ?? '');
  if (!agreed) {
    io.stderr.write('Nothing was written: add --yes to do it.\n');
    return 1;
  }
  return write(io, prepared);
}

const help = `
Takes the keys from the environment, or asks for them at a terminal. Reads the
active recurring prices of Stripe and the limits of Unkey's identities, and
writes a plan file with a guess for each plan, plans.schema.json for editors
beside it, and the settings, which only you may read. Never overwrites a file.

Examples:
  planwire init
  STRIPE_SECRET_KEY=rk_… UNKEY_ROOT_KEY=unkey_… planwire init --yes
`;
