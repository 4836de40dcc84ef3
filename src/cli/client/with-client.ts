import type { Command } from 'commander';
import type { Need } from './in-process.ts';
import { CallRefused, NoConnection, type AdminClient } from './admin-client.ts';
import { printable } from '../print/printable.ts';
import type { CliIo } from '../io.ts';

/** Options of every command that speaks with Planwire. */
export interface ClientOptions {
  readonly url?: string;
  readonly json?: boolean;
}

const callRefused = 1;
const misconfigured = 3;
/** The token is wrong, or a setting is missing over there. */
const isOfSettings: ReadonlySet<number> = new Set([401, 409]);

export function withClientOptions(command: Command): Command {
  return command
    .option('--url <address>', 'a running Planwire to ask (needs ADMIN_TOKEN); default: the store itself')
    .option('--json', 'print JSON for programs');
}

/**
 * Runs a command against the store or a running server, whichever the settings lead to, and turns what goes wrong into
 * one sentence and an exit code. The command returns its own exit code.
 */
export async function withClient(
  io: CliIo,
  options: ClientOptions,
  use: (client: AdminClient) => Promise<number>,
  need: Need = 'store',
): Promise<void> {
  let client: AdminClient | null = null;
  try {
    const { connect } = await import('./connect.ts');
    client = await connect(io.env, options.url ?? null, need);
    if (client.remark !== null) io.stderr.write(`${client.remark}\n`);
    io.setExitCode(await use(options.json === true ? client : shown(client)));
  } catch (error) {
    const problems = error instanceof NoConnection ? error.problems : [sentenceOf(error)];
    for (const problem of problems) io.stderr.write(`${problem}\n`);
    const settings =
      error instanceof NoConnection || (error instanceof CallRefused && isOfSettings.has(error.status));
    io.setExitCode(settings ? misconfigured : callRefused);
  } finally {
    await client?.close();
  }
}

/** What comes back goes to a terminal, and much of it was written by others. */
function shown(client: AdminClient): AdminClient {
  return new Proxy(client, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return async (...given: unknown[]) =>
        printable(await (member as (...args: unknown[]) => unknown)(...given));
    },
  });
}

/** One sentence for people. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : 'Something unknown went wrong.';
}
