import type { Command } from 'commander';
import { enforcementOf, type Enforcement } from '../../domain/identity/enforced.ts';
import type { AdminClient, ShownPreview } from '../client/admin-client.ts';
import { withClientOptions, withClient, type ClientOptions } from '../client/with-client.ts';
import { refuse, type CliIo } from '../io.ts';
import { limitText, printJson } from '../print/format.ts';
import { table } from '../print/table.ts';
import { terminalOf } from '../print/terminal.ts';
import { apiSettings, UsageError } from './api-settings.ts';

interface Options extends ClientOptions {
  readonly key: string;
}

export function register(program: Command, io: CliIo): void {
  const command = program
    .command('prove')
    .description('verify a key at no cost, and compare what is enforced with the decision')
    .requiredOption('--key <->', 'read the key from standard input; it is kept nowhere');
  withClientOptions(command)
    .addHelpText('after', help)
    .action(async (options: Options) => {
      if (options.key !== '-') {
        return command.error('Give the key on standard input: --key - (arguments are seen by everybody).', {
          exitCode: 2,
        });
      }
      await withClient(io, options, (client) => prove(io, client, options), 'read');
    });
}

async function prove(io: CliIo, client: AdminClient, options: Options): Promise<number> {
  const key = (await readAll(io.stdin)).trim();
  if (key === '') return refuse(io, 'Standard input has no key.');
  const verified = await verify(io, key, null);
  if ('problem' in verified) return refuse(io, verified.problem);
  const externalId = verified.identity?.externalId;
  if (externalId === undefined) {
    return refuse(
      io,
      verified.valid ? 'This key belongs to no identity.' : `Unkey says ${verified.code} of this key.`,
    );
  }
  const preview = await client.preview(externalId);
  const wanted = preview?.decision?.kind === 'decided' ? preview.decision.wanted.ratelimits : null;
  if (preview === null || wanted === null) return undecided(io, externalId, preview);
  // A limit that applies only where it is named is checked only then.
  const checked = await verify(io, key, Object.keys(wanted));
  if ('problem' in checked) return refuse(io, checked.problem);
  const enforced = Object.fromEntries(checked.ratelimits.map(({ name, ...limit }) => [name, limit]));
  const limits = enforcementOf(wanted, enforced);
  const { customer } = preview;
  if (options.json === true) {
    printJson(io.stdout, { customer, externalId, valid: checked.valid, code: checked.code, limits });
  } else print(io, `${customer ?? 'unknown customer'} ${externalId}: ${checked.code}`, limits);
  return checked.valid && limits.every(({ right }) => right) ? 0 : 1;
}

async function verify(io: CliIo, key: string, names: readonly string[] | null) {
  const { createUnkeyClient } = await import('../../unkey/client.ts');
  try {
    const { rootKey, baseUrl } = apiSettings({}, io.env);
    const result = await createUnkeyClient({ rootKey, baseUrl }).verifyKey({
      key,
      credits: { cost: 0 },
      ...(names === null ? {} : { ratelimits: names.map((name) => ({ name, cost: 0 })) }),
    });
    if (result.ok) return result.data;
    const { title, detail } = result.error;
    return { problem: `keys.verifyKey did not succeed: ${title}. ${detail}` };
  } catch (error) {
    if (error instanceof UsageError) return { problem: error.message };
    throw error;
  }
}

function undecided(io: CliIo, externalId: string, preview: ShownPreview | null): number {
  const why = preview?.error?.detail ?? preview?.problems[0] ?? 'no customer leads to it';
  return refuse(io, `Nothing is decided for ${externalId}: ${why}`);
}

function print(io: CliIo, heading: string, limits: readonly Enforcement[]): void {
  const terminal = terminalOf(io);
  const rows = limits.map(({ name, should, enforced, right }) => [
    right ? '✓' : '✗',
    name,
    limitText(should ?? undefined),
    limitText(enforced ?? undefined),
  ]);
  io.stdout.write(`${heading}\n${table(terminal, ['', 'LIMIT', 'SHOULD BE', 'ENFORCED'], rows)}`);
  if (limits.every(({ right }) => right)) return;
  io.stdout.write('A limit of the key itself takes the place of the identity’s of the same name.\n');
}

async function readAll(stdin: NodeJS.ReadableStream | undefined): Promise<string> {
  let text = '';
  for await (const chunk of stdin ?? []) {
    text += String(chunk);
    // Longer than any key: it is something else.
    if (text.length > 4_096) break;
  }
  return text;
}

const help = `
Asks Unkey to verify the key with a cost of 0: nothing of its credits or limits
is used up. The root key needs api.*.verify_key. Exits 1 when a limit that is
enforced is not the one of the decision, or the key cannot be used.

Examples:
  printf %s "$KEY" | planwire prove --key -
`;
