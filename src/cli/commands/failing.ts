import type { Command } from 'commander';
import type { CliIo } from '../io.ts';
import { withClientOptions, withClient, type ClientOptions } from '../client/with-client.ts';
import { listTroubled } from '../print/troubled.ts';

export function register(program: Command, io: CliIo): void {
  withClientOptions(program.command('failing').description('customers who are failing now, oldest first'))
    .addHelpText('after', help)
    .action((options: ClientOptions) =>
      withClient(io, options, (client) => listTroubled(io, client, failing, options)),
    );
}

const failing = {
  since: 'failingSince',
  none: 'Nobody is failing.',
  heading: 'ERROR',
  what: ({ failingCode }: { readonly failingCode: string | null }) => failingCode ?? '–',
  advice: 'planwire explain ID says why, planwire replay --failed tries again.',
} as const;

const help = `
Exits 1 when anybody is failing, for scripts and cron.

Examples:
  planwire failing
  planwire failing --json | jq -r '.customers[] | select(.failingCode == "unmapped_item") | .customerId'
`;
