import { command, type Ran } from './command.ts';

/** `planwire …` where nobody's own ~/.unkey/config.toml decides what comes out. */
export function runCommand(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  return command(argv, { HOME: '/nonexistent', ...env });
}
