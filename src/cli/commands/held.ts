import type { Command } from 'commander';
import type { AdminClient, ShownCustomer } from '../client/admin-client.ts';
import { printJson } from '../print/format.ts';
import type { CliIo } from '../io.ts';
import { withClientOptions, withClient, type ClientOptions } from '../client/with-client.ts';
import { listTroubled } from '../print/troubled.ts';
import { counted } from '../../domain/words.ts';

interface Options extends ClientOptions {
  readonly release?: string;
  readonly all?: boolean;
}

export function register(program: Command, io: CliIo): void {
  const command = program
    .command('held')
    .description('downgrades that the guard holds back, and their release')
    .option('--release <customer>', 'let the downgrade of one customer through')
    .option('--all', 'let all held downgrades through');
  withClientOptions(command)
    .addHelpText('after', help)
    .action(async (options: Options) => {
      if (options.release !== undefined && options.all === true) {
        return command.error('Give either --release CUSTOMER or --all.', { exitCode: 2 });
      }
      await withClient(io, options, (client) => run(io, client, options));
    });
}

async function run(io: CliIo, client: AdminClient, options: Options): Promise<number> {
  const { release, all } = options;
  if (release !== undefined || all === true) return letThrough(io, client, release ?? null, options);
  return listTroubled(io, client, held, options);
}

const held = {
  since: 'heldSince',
  none: 'Nobody is held.',
  heading: 'RELEASE',
  what: ({ releaseGranted }: ShownCustomer) => (releaseGranted ? 'granted, under way' : 'waits for you'),
  advice: 'planwire explain ID shows a downgrade, --release CUSTOMER or --all lets it through.',
} as const;

async function letThrough(
  io: CliIo,
  client: AdminClient,
  customerId: string | null,
  { json }: Options,
): Promise<number> {
  const released = await client.release(customerId === null ? 'all' : { customerId });
  if (json === true) printJson(io.stdout, { released: released ?? 0 });
  else if (released === null) io.stderr.write(`${customerId ?? ''} is not held.\n`);
  else io.stdout.write(`${counted(released, 'downgrade')} released${client.offline ? later : ''}.\n`);
  return released === null ? 1 : 0;
}

const later = '; they go through once planwire start runs here';

const help = `
The guard (DOWNGRADE_GUARD) holds downgrades when too many customers would
fall at once. A held customer keeps what it has and still gets what rises.
Exits 1 when anybody is held.

Examples:
  planwire held
  planwire held --release cus_N4mzXr1
  planwire held --all
`;
