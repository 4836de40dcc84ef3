import { Command, CommanderError } from 'commander';
import type { CliIo } from './io.ts';
import * as api from './commands/api.ts';
import * as audit from './commands/audit.ts';
import * as catchUp from './commands/catch-up.ts';
import * as check from './commands/check.ts';
import * as completion from './commands/completion.ts';
import * as demo from './commands/demo.ts';
import * as doctor from './commands/doctor.ts';
import * as explain from './commands/explain.ts';
import * as failing from './commands/failing.ts';
import * as held from './commands/held.ts';
import * as help from './commands/help.ts';
import * as init from './commands/init.ts';
import * as mcp from './commands/mcp.ts';
import * as migrate from './commands/migrate.ts';
import * as outcomes from './commands/outcomes.ts';
import * as plansDiff from './commands/plans-diff.ts';
import * as prove from './commands/prove.ts';
import * as reconcile from './commands/reconcile.ts';
import * as replay from './commands/replay.ts';
import * as runs from './commands/runs.ts';
import * as sandbox from './commands/sandbox.ts';
import * as schema from './commands/schema.ts';
import * as start from './commands/start.ts';
import * as sync from './commands/sync.ts';
import { safeStream } from './print/safe-stream.ts';

const wrongUsage = 2;

const commands: readonly ((program: Command, io: CliIo) => void)[] = [
  init.register,
  start.register,
  migrate.register,
  demo.register,
  sandbox.register,
  (program, io) =>
    check.register(program, io, async (env) =>
      (await import('./commands/list-active-prices.ts')).listActivePrices(env),
    ),
  doctor.register,
  plansDiff.register,
  explain.register,
  outcomes.register,
  failing.register,
  held.register,
  replay.register,
  reconcile.register,
  prove.register,
  catchUp.register,
  runs.register,
  sync.register,
  audit.register,
  mcp.register,
  schema.register,
  completion.register,
  api.register,
  help.register,
];

/** The command line. One file per command; each says what it does with examples in its help. */
export async function runCli(argv: readonly string[], given: CliIo, version: string): Promise<void> {
  const io = { ...given, stdout: safeStream(given.stdout), stderr: safeStream(given.stderr) };
  try {
    await createProgram(io, version).parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    io.setExitCode(error.exitCode === 0 ? 0 : wrongUsage);
  }
}

/** Every command with its options, before anything is parsed: the documents are held to it. */
export function createProgram(io: CliIo, version: string): Command {
  const program = new Command('planwire')
    .description('Keeps Unkey identities in step with Stripe subscriptions.')
    .version(version)
    .exitOverride()
    // What stands behind the name of a subcommand is meant for it.
    .enablePositionalOptions()
    .showHelpAfterError('(planwire --help shows what there is, planwire help TOPIC says more)')
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      // A mistyped flag is named, but not its value: it may be a key.
      outputError: (text, write) => write(text.replace(/(--?[\w-]+)=[^']*'/, "$1'")),
    });
  for (const register of commands) register(program, io);
  inherit(program);
  return program;
}

/** Commander gives these settings to commands made by `command()` only while they are made, not to their own. */
function inherit(parent: Command): void {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent);
    inherit(command);
  }
}
