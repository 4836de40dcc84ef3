import type { Command } from 'commander';
import type { AdminClient, ShownPreview, ShownUpcoming } from '../client/admin-client.ts';
import { limitText, printJson } from '../print/format.ts';
import { refuse, type CliIo } from '../io.ts';
import { withClientOptions, withClient, type ClientOptions } from '../client/with-client.ts';
import { changeText, fields, helpLine, painted, sentences } from '../print/outcome.ts';
import { terminalOf, type Terminal } from '../print/terminal.ts';

export function register(program: Command, io: CliIo): void {
  withClientOptions(
    program.command('explain <id>').description('what a customer gets and why, and what a sync would change'),
  )
    .addHelpText('after', help)
    .action((id: string, options: ClientOptions) =>
      withClient(io, options, (client) => explain(io, client, id, options), 'read'),
    );
}

async function explain(io: CliIo, client: AdminClient, id: string, options: ClientOptions): Promise<number> {
  const preview = await client.preview(id);
  if (preview === null) return refuse(io, `Neither Planwire nor Stripe knows ${id}.`);
  if (options.json === true) printJson(io.stdout, preview);
  else io.stdout.write(explanation(terminalOf(io), preview));
  return preview.status === 'unchanged' || preview.status === 'ignored' ? 0 : 1;
}

function explanation(terminal: Terminal, preview: ShownPreview): string {
  const { colors } = terminal;
  const { customer, decision, identity, error, status } = preview;
  const field = fields(terminal);
  const plan = decision?.kind === 'decided' ? (decision.plan ?? 'none') : 'not decided';
  const externalId = decision?.kind === 'decided' ? decision.externalId : null;
  return [
    `${colors.bold(customer ?? 'unknown customer')}\n`,
    field('plan', plan),
    field(
      'identity',
      identity === null ? withoutIdentity(externalId) : `${identity.externalId} ${identity.id}`,
    ),
    field('a sync is', status === null ? 'not known, see below' : painted(terminal, status)),
    error === null ? '' : field('error', error.code),
    error === null ? '' : helpLine(terminal, error),
    changeText(terminal, preview.change),
    sentences(terminal, preview.explanation),
    error === null || preview.explanation.includes(error.detail) ? '' : sentences(terminal, [error.detail]),
    ...keySentences(preview).map((sentence) => sentences(terminal, [sentence])),
    ...preview.upcoming.map((each) => sentences(terminal, [upcomingSentence(each)])),
    ...preview.problems.map((problem) => sentences(terminal, [problem])),
    requestText(preview.request, 'A sync would send now:'),
    requestText(preview.previousRequest, 'And to the identity that the customer had before:'),
    ...preview.overrideRequests.map((setting) => overrideText(setting)),
    '\nNothing was written.\n',
  ].join('');
}

function keySentences({ keys }: ShownPreview): readonly string[] {
  return (keys?.overriding ?? []).map(
    ({ limit, keyIds }) =>
      `${keyIds.length} of ${keys?.count} keys override ${limit}: ${keyIds.join(', ')}. A key's own limit beats the identity's.`,
  );
}

/** What the passing of time alone will change. */
function upcomingSentence({ at, kind, subscriptionId, after }: ShownUpcoming): string {
  if (kind === 'trialEnds') return `At ${at} the trial of ${subscriptionId} ends; the first payment decides.`;
  const what = {
    graceEnds: 'the grace ends',
    phaseBegins: `the next phase of the schedule of ${subscriptionId} begins`,
    subscriptionEnds: `${subscriptionId} ends`,
  }[kind];
  if (after === null) return `At ${at} ${what}.`;
  if (after.refused !== null) return `At ${at} ${what}. Then: ${after.refused}`;
  const { ratelimits, overrides = {} } = after;
  const limits = [
    ...Object.entries(ratelimits).map(([name, limit]) => `${name} ${limitText(limit)}`),
    ...Object.entries(overrides).map(([namespace, rate]) => `override ${namespace} ${limitText(rate)}`),
  ];
  return `At ${at} ${what}: ${[`plan ${after.plan ?? 'none'}`, ...limits].join(', ')}.`;
}

function withoutIdentity(externalId: string | null): string {
  return externalId === null ? 'not known' : `${externalId}, not found at Unkey`;
}

function requestText(request: ShownPreview['request'], heading: string): string {
  if (request === null) return '';
  const operation = 'identity' in request ? 'updateIdentity' : 'createIdentity';
  return `\n${heading}\nPOST /v2/identities.${operation}\n${JSON.stringify(request, null, 2)}\n`;
}

function overrideText(setting: ShownPreview['overrideRequests'][number]): string {
  return `\nPOST /v2/ratelimit.setOverride\n${JSON.stringify(setting, null, 2)}\n`;
}

const help = `
ID: of a customer, an event, a subscription, an identity, or an external id.
Reads Stripe and Unkey and writes nothing. The sentences are those that the
outcome of a sync would have. Exits 1 when a sync would change something or
fail.

Examples:
  planwire explain cus_N4mzXr1
  planwire explain user_123 --json
`;
