import type { Command } from 'commander';
import { CallRefused, type Doors } from './doors.ts';
import type { CliIo } from './io.ts';

/** Options of every command that speaks with Planwire. */
export interface DoorOptions {
  readonly url?: string;
  readonly json?: boolean;
}

const callRefused = 1;
const misconfigured = 3;

export function withDoorOptions(command: Command): Command {
  return command
    .option('--url <address>', 'a running Planwire to ask (needs ADMIN_TOKEN); default: the store itself')
    .option('--json', 'print JSON for programs');
}

/** Why a command cannot speak with Planwire at all, a sentence each. */
export class NoDoors extends Error {
  override readonly name = 'NoDoors';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join(' '));
    this.problems = problems;
  }
}

/**
 * Runs a command against the store or a running server, whichever the settings lead to, and turns what goes wrong into
 * one sentence and an exit code. The command returns its own exit code.
 */
export async function withDoors(
  io: CliIo,
  options: DoorOptions,
  use: (doors: Doors) => Promise<number>,
): Promise<void> {
  let doors: Doors | null = null;
  try {
    const { chooseDoors } = await import('./choose-doors.ts');
    doors = await chooseDoors(io.env, options.url ?? null);
    io.setExitCode(await use(doors));
  } catch (error) {
    const problems = error instanceof NoDoors ? error.problems : [sentenceOf(error)];
    for (const problem of problems) io.stderr.write(`${problem}\n`);
    const settings = error instanceof NoDoors || (error instanceof CallRefused && error.status === 401);
    io.setExitCode(settings ? misconfigured : callRefused);
  } finally {
    await doors?.close();
  }
}

function sentenceOf(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : 'Something unknown went wrong.';
}
