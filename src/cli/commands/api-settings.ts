import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'smol-toml';

/** Where a direct call goes, with which key, and how it prints: flag, then environment, then file, then default. */
export interface ApiSettings {
  readonly rootKey: string;
  readonly baseUrl: string;
  readonly output: 'text' | 'json';
}

export interface ApiFlags {
  readonly rootKey?: string;
  readonly apiUrl?: string;
  readonly config?: string;
  readonly output?: string;
  readonly json?: boolean;
}

/** The call is wrong before it left: the message is for the person. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
  readonly exitCode: number = 2;
}

/** Not what was typed, but what it rests on: the key, the config file, the environment. */
class MisconfiguredError extends UsageError {
  override readonly name = 'MisconfiguredError';
  override readonly exitCode = 3;
}

/** Throws a UsageError. An empty flag or variable counts as not given. */
export function apiSettings(flags: ApiFlags, env: NodeJS.ProcessEnv): ApiSettings {
  const output = flags.json === true ? 'json' : flags.output || env['UNKEY_OUTPUT'] || 'text';
  if (output !== 'text' && output !== 'json') {
    if (flags.output) throw new UsageError('--output must be text or json.');
    throw new MisconfiguredError('UNKEY_OUTPUT must be text or json.');
  }
  return {
    rootKey: rootKey(flags, env),
    baseUrl: flags.apiUrl || env['UNKEY_API_BASE_URL'] || 'https://api.unkey.com',
    output,
  };
}

function rootKey(flags: ApiFlags, env: NodeJS.ProcessEnv): string {
  // An explicitly empty --root-key passes over the environment, as in Unkey's own command line.
  const given = flags.rootKey ?? env['UNKEY_ROOT_KEY'] ?? '';
  const named = flags.config || env['UNKEY_CONFIG'] || null;
  const key = given || keyInFile(named, env);
  if (key !== '') return key;
  throw new MisconfiguredError(
    [
      'no root key provided',
      '',
      'Provide one via:',
      '  --root-key=unkey_…',
      '  UNKEY_ROOT_KEY=unkey_… in the environment',
      '  root_key = "unkey_…" in ~/.unkey/config.toml (or the file that --config names)',
    ].join('\n'),
  );
}

/** '' when no file was named and there is none at the usual place. */
function keyInFile(named: string | null, env: NodeJS.ProcessEnv): string {
  // A value with "=" or a line break is the configuration itself.
  if (named !== null && /[=\n]/.test(named))
    return keyInToml(named, 'The value of --config (or UNKEY_CONFIG)');
  const path = named ?? join(env['HOME'] || homedir(), '.unkey', 'config.toml');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (named === null) return '';
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new MisconfiguredError(
      `The config file ${path} cannot be read (${code}); correct --config or UNKEY_CONFIG.`,
    );
  }
  return keyInToml(text, `The config file ${path}`);
}

function keyInToml(text: string, place: string): string {
  let config: Record<string, unknown>;
  try {
    config = parse(text);
  } catch {
    // The parser's message quotes the line, and the key may be in it.
    throw new MisconfiguredError(`${place} is not valid TOML; it should have one line: root_key = "unkey_…"`);
  }
  const key = config['root_key'];
  if (key === undefined) return '';
  if (typeof key === 'string') return key;
  throw new MisconfiguredError(`${place} has a root_key that is not a text; write root_key = "unkey_…"`);
}
