import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import type { AdminClient, ReplayStarted, ShownProgress } from '../client/admin-client.ts';
import { printJson } from '../print/format.ts';
import { refuse, type CliIo } from '../io.ts';
import { withClientOptions, withClient, type ClientOptions } from '../client/with-client.ts';
import { since } from '../arguments.ts';
import { terminalOf } from '../print/terminal.ts';
import { counted } from '../../domain/words.ts';
import { watchProgress } from '../print/watch-progress.ts';

interface Options extends ClientOptions {
  readonly failed?: boolean;
  readonly error?: string;
  readonly since?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly wait: boolean;
}

export function register(program: Command, io: CliIo): void {
  const command = program
    .command('replay [id]')
    .description('sync again: the customers behind an id, or everybody who is failing')
    .option('--failed', 'all customers who are failing now')
    .option('--error <code>', 'with --failed: only those with this error code')
    .option(
      '--since <time>',
      'with --failed: only those failing since then or later: 2h, 7d, ISO 8601',
      since,
    )
    .option('--dry-run', 'only count the customers')
    .option('--yes', 'do not ask before a replay by filter')
    .option('--no-wait', 'only ask for it, do not wait until it is done');
  withClientOptions(command)
    .addHelpText('after', help)
    .action(async (id: string | undefined, options: Options) => {
      const fault = faultIn(id ?? null, options);
      if (fault !== null) return command.error(fault, { exitCode: 2 });
      await withClient(io, options, (client) => run(io, client, id ?? null, options));
    });
}

function faultIn(id: string | null, { failed, error, since }: Options): string | null {
  if ((id === null) === (failed !== true)) return 'Give either an ID or --failed.';
  if (failed !== true && (error !== undefined || since !== undefined)) {
    return '--error and --since belong to --failed.';
  }
  return null;
}

async function run(io: CliIo, client: AdminClient, id: string | null, options: Options): Promise<number> {
  const { json = false } = options;
  if (id?.startsWith('run_') === true) return watchReplay(io, client, id, json);
  const { error, since } = options;
  const whom = id === null ? { status: 'failed', error, since } : { id };
  if (options.dryRun === true || (id === null && options.yes !== true)) {
    const counted = await client.startReplay({ ...whom, dryRun: true });
    const go = options.dryRun === true ? false : await agreed(io, counted?.customers ?? 0);
    if (!go) return sayCount(io, counted, options);
  }
  const started = await client.startReplay(whom);
  if (started === null) return nobody(io, id);
  if (client.offline || !options.wait) return sayStarted(io, client, started, json);
  return watchReplay(io, client, started.replayId, json);
}

function nobody(io: CliIo, id: string | null): number {
  return refuse(io, `No customer was found for ${id ?? 'this filter'}.`);
}

function sayCount(io: CliIo, started: ReplayStarted | null, { dryRun, json }: Options): number {
  if (started === null) return nobody(io, null);
  if (json === true) printJson(io.stdout, { customers: started.customers, dryRun: true });
  else io.stdout.write(`${counted(started.customers, 'customer')} would be synced again.\n`);
  if (dryRun === true || started.customers === 0) return 0;
  return refuse(io, 'Nothing was done: add --yes to do it.');
}

function sayStarted(io: CliIo, client: AdminClient, started: ReplayStarted, json: boolean): number {
  if (json) printJson(io.stdout, started);
  else {
    const when = client.offline ? 'it runs once planwire start runs here' : 'it is under way';
    const how = `planwire replay ${started.replayId} shows its progress`;
    io.stdout.write(`Replay of ${counted(started.customers, 'customer')}: ${when}; ${how}.\n`);
  }
  return 0;
}

/** Somebody who watches is asked; a script has to say it in its options. */
async function agreed(io: CliIo, customers: number): Promise<boolean> {
  const { isTerminal } = terminalOf(io);
  if (!isTerminal || customers === 0 || io.stdin === undefined) return false;
  const prompt = createInterface({ input: io.stdin, output: io.stdout });
  const answer = await prompt.question(`Sync ${counted(customers, 'customer')} again? [y/N] `);
  prompt.close();
  return /^y(es)?$/i.test(answer.trim());
}

const help = `
ID: any id that planwire outcomes takes, or that of a replay, whose progress
is shown. Every customer is read afresh from Stripe and Unkey; an old payload
is never applied, so a replay may run twice. Live events overtake it. Exits 1
when customers are failing after it.

Examples:
  planwire replay evt_1PqX
  planwire replay --failed --dry-run
  planwire replay --failed --error unmapped_item --since 2h --yes
`;

/** Shows how far a replay is until it has ended. Whoever stops watching does not stop the replay. */
async function watchReplay(io: CliIo, client: AdminClient, replayId: string, json: boolean): Promise<number> {
  const first = await client.replay(replayId);
  if (first === null) return refuse(io, `There is no replay ${replayId}.`);
  const last = await watchProgress(io, first, {
    json,
    look: () => client.replay(replayId),
    progressOf: ({ state, ...progress }) => ({ ...progress, ended: state !== 'running' }),
  });
  if (json) printJson(io.stdout, last);
  else io.stdout.write(`${ending(last)}\n`);
  return last.failing > 0 || last.state === 'aborted' || last.state === 'failed' ? 1 : 0;
}

function ending({ state, customers, done, failing }: ShownProgress): string {
  if (state === 'dryRun') return `${counted(customers, 'customer')} would be synced again.`;
  const still =
    failing === 0 ? 'none is failing' : `${failing.toLocaleString('en-US')} of them still failing`;
  if (state === 'done') return `${counted(customers, 'customer')} synced again, ${still}.`;
  const so = `${done.toLocaleString('en-US')} of ${counted(customers, 'customer')} synced again, ${still}`;
  return state === 'running' ? `${so}; it goes on.` : `The replay was ${state}: ${so}.`;
}
