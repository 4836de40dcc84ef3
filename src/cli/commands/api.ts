import type { Command } from 'commander';
import {
  createUnkeyClient,
  isInvalidRequestError,
  type Meta,
  type RatelimitRequest,
  type UnkeyClient,
  type UnkeyError,
  type UnkeyResult,
  type UnkeySuccess,
} from '../../unkey/index.ts';
import { printError, printPages, printSuccess } from '../print/api.ts';
import { apiSettings, UsageError, type ApiFlags, type ApiSettings } from './api-settings.ts';
import type { CliIo } from '../io.ts';

interface StateFlags extends ApiFlags {
  readonly metaJson?: string;
  readonly ratelimitsJson?: string;
}

interface ListFlags extends ApiFlags {
  readonly limit?: string;
  readonly cursor?: string;
  readonly search?: string;
}

const metaHelp = "JSON object that replaces all metadata; left out: kept, '{}': cleared";
const ratelimitsHelp = "JSON array that replaces all rate limits; left out: kept, '[]': removed";

/** Direct calls of Unkey, with the flags and the output of its own command line. They read no setting of Planwire's. */
export function register(program: Command, io: CliIo): void {
  const identities = program
    .command('api')
    .description('direct calls of the Unkey API')
    .command('identities')
    .description('identities: metadata and shared rate limits');

  add(identities, 'update-identity', 'change metadata and rate limits of an identity')
    .requiredOption('--identity <id>', 'external id or internal id of the identity')
    .option('--meta-json <json>', metaHelp)
    .option('--ratelimits-json <json>', ratelimitsHelp)
    .addHelpText(
      'after',
      `\nExample:\n  planwire api identities update-identity --identity=user_123 --meta-json='{"plan":"premium"}'`,
    )
    .action((flags: StateFlags & { identity: string }) =>
      run(io, flags, async (client, settings) => {
        const result = await client.updateIdentity({ identity: named(flags.identity), ...state(flags) });
        return finish(io, settings, result);
      }),
    );

  add(identities, 'get-identity', 'read an identity')
    .requiredOption('--identity <id>', 'external id or internal id of the identity')
    .action((flags: ApiFlags & { identity: string }) =>
      run(io, flags, async (client, settings) =>
        finish(io, settings, await client.getIdentity({ identity: named(flags.identity) })),
      ),
    );

  add(identities, 'create-identity', 'create an identity')
    .requiredOption('--external-id <id>', 'your own id of it')
    .option('--meta-json <json>', 'JSON object of metadata')
    .option('--ratelimits-json <json>', 'JSON array of rate limits')
    .action((flags: StateFlags & { externalId: string }) =>
      run(io, flags, async (client, settings) =>
        finish(io, settings, await client.createIdentity({ externalId: flags.externalId, ...state(flags) })),
      ),
    );

  add(identities, 'list-identities', 'list identities, all pages')
    .option('--limit <count>', 'identities per request, 1 to 100')
    .option('--cursor <cursor>', 'where to begin')
    .option('--search <text>', 'part of an id or external id')
    .action((flags: ListFlags) => run(io, flags, (client, settings) => list(io, flags, client, settings)));
}

function add(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .option('--root-key <key>', 'root key (UNKEY_ROOT_KEY)')
    .option('--api-url <url>', 'base URL of the API (UNKEY_API_BASE_URL); default https://api.unkey.com')
    .option('--config <path>', 'config file with root_key (UNKEY_CONFIG); default ~/.unkey/config.toml')
    .option('--output <format>', 'text, or json for the whole envelope (UNKEY_OUTPUT)')
    .option('--json', 'the same as --output=json');
}

/** Exit code 0: done. 1: the call was refused or failed. 2: it was wrong before it left. 3: there is no root key. */
async function run(
  io: CliIo,
  flags: ApiFlags,
  call: (client: UnkeyClient, settings: ApiSettings) => Promise<UnkeyError | null>,
): Promise<void> {
  try {
    const settings = apiSettings(flags, io.env);
    const error = await call(clientFor(settings), settings);
    if (error !== null) printError(io, error);
    io.setExitCode(error === null ? 0 : isInvalidRequestError(error) ? 2 : 1);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    io.stderr.write(`Error: ${error.message}\n`);
    io.setExitCode(error.exitCode);
  }
}

function clientFor({ rootKey, baseUrl }: ApiSettings): UnkeyClient {
  try {
    return createUnkeyClient({ rootKey, baseUrl });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'The client cannot be made.');
  }
}

function finish(io: CliIo, settings: ApiSettings, result: UnkeyResult<unknown>): UnkeyError | null {
  if (!result.ok) return result.error;
  printSuccess(io, settings.output, result);
  return null;
}

async function list(
  io: CliIo,
  flags: ListFlags,
  client: UnkeyClient,
  settings: ApiSettings,
): Promise<UnkeyError | null> {
  const { limit, cursor, search } = flags;
  const pages: UnkeySuccess<unknown>[] = [];
  const request = { ...(limit === undefined ? {} : { limit: Number(limit) }), cursor, search };
  for await (const page of client.listIdentities(request)) {
    if (!page.ok) return page.error;
    pages.push(page);
  }
  printPages(io, settings.output, pages);
  return null;
}

function named(identity: string): string {
  if (identity !== '') return identity;
  throw new UsageError('--identity is empty; give the external id or the internal id of the identity.');
}

/** What the client checks is not checked twice; here it only has to be JSON. An empty flag counts as left out. */
function state(flags: StateFlags): { meta?: Meta; ratelimits?: RatelimitRequest[] } {
  const { metaJson = '', ratelimitsJson = '' } = flags;
  return {
    ...(metaJson === '' ? {} : { meta: json('--meta-json', metaJson) as Meta }),
    ...(ratelimitsJson === ''
      ? {}
      : { ratelimits: json('--ratelimits-json', ratelimitsJson) as RatelimitRequest[] }),
  };
}

function json(flag: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const place = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    const at = place === undefined ? null : Number(place);
    const where = at === null ? '' : at < text.length ? ` at character ${at + 1}` : ', which ends too soon';
    throw new UsageError(
      `invalid JSON for ${flag}${where}; put it in single quotes, with double quotes inside.`,
    );
  }
}
