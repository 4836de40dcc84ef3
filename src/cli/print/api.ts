import { isInvalidRequestError, type UnkeyError, type UnkeySuccess } from '../../unkey/index.ts';
import type { CliIo } from '../io.ts';
import { printableJson } from './printable.ts';

/** What a direct call prints: results on stdout in the order that Unkey documents, everything else on stderr. */

type Fields = Readonly<Record<string, unknown>>;

export function printSuccess(io: CliIo, output: 'text' | 'json', result: UnkeySuccess<unknown>): void {
  printWarnings(io, result.warnings);
  const { meta, data, ...rest } = asFields(result.body);
  const shown = ordered(data);
  if (output === 'json') return print(io, { meta, data: shown, ...rest });
  took(io, [result]);
  print(io, shown);
}

/** All pages as one; with json, the envelope of the last one around everybody. */
export function printPages(
  io: CliIo,
  output: 'text' | 'json',
  pages: readonly UnkeySuccess<unknown>[],
): void {
  const identities = pages.flatMap(({ body }) => {
    const { data } = asFields(body);
    return Array.isArray(data) ? data.map(ordered) : [];
  });
  if (output === 'json') {
    const { meta, pagination } = asFields(pages.at(-1)?.body);
    return print(io, { meta, data: identities, pagination });
  }
  took(io, pages);
  print(io, identities);
}

export function printError(io: CliIo, error: UnkeyError): void {
  const lines = [
    `Error: ${error.title}: ${isInvalidRequestError(error) ? byFlags(error.detail) : error.detail}`,
    // The detail of a request refused here names the fields already.
    ...(isInvalidRequestError(error)
      ? []
      : error.errors.map((each) => `  ${each.location}: ${each.message}`)),
    ...(error.status === null ? [] : [`Status: ${error.status}`]),
    ...(error.requestId === null ? [] : [`Request: ${error.requestId}`]),
    ...(error.docs === null ? [] : [`Docs: ${error.docs}`]),
    ...(error.retryAfterMs === null ? [] : [`Try again after: ${Math.ceil(error.retryAfterMs / 1000)} s`]),
  ];
  io.stderr.write(`${lines.join('\n')}\n`);
}

/** The client names what is wrong by the fields of the request; whoever typed it knows the flags. */
function byFlags(detail: string): string {
  return detail.replaceAll(/(?<=^| )(meta|ratelimits)(?=[ .[])/g, '--$1-json');
}

function printWarnings(io: CliIo, warnings: readonly string[]): void {
  for (const warning of warnings) io.stderr.write(`Warning: ${warning}\n`);
}

/** Without a request id in the answer there is nothing to say here. */
function took(io: CliIo, results: readonly UnkeySuccess<unknown>[]): void {
  const lines = results
    .filter(({ meta }) => meta.requestId !== '')
    .map(({ meta, latencyMs }) => `${meta.requestId} (took ${latencyMs}ms)\n`);
  if (lines.length > 0) io.stdout.write(`${lines.join('')}\n`);
}

function print(io: CliIo, value: unknown): void {
  io.stdout.write(`${printableJson(value, 2)}\n`);
}

/** As received, unknown fields last; limits by name, since Unkey's order is random. */
function ordered(data: unknown): unknown {
  if (Array.isArray(data) || typeof data !== 'object' || data === null) return data;
  const { id, externalId, meta, ratelimits, ...rest } = data as Fields;
  return {
    id,
    externalId,
    meta,
    ...(Array.isArray(ratelimits) ? { ratelimits: ratelimits.map(orderedLimit).sort(byName) } : {}),
    ...rest,
  };
}

function orderedLimit(value: unknown): Fields {
  const { id, name, limit, duration, autoApply, ...rest } = asFields(value);
  return { id, name, limit, duration, autoApply, ...rest };
}

function byName(a: Fields, b: Fields): number {
  return String(a['name']) < String(b['name']) ? -1 : 1;
}

function asFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
