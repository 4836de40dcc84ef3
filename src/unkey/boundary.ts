import type { z } from 'zod';
import type { UnkeyFieldError } from './error.ts';
import { inspectMeta } from './inspect-meta.ts';
import { errorReply, replySchemas, requestIdIn } from './reply-schema.ts';
import { requestSchemas, type Operation } from './request-schema.ts';

/**
 * Everything that needs zod, in one module that is loaded when the first client is made: importing `planwire/unkey`
 * for its types or its error guards costs next to nothing.
 */

export { requestIdIn };
export type { Operation };

export type CheckedRequest =
  | { readonly ok: true; readonly json: string; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly errors: readonly UnkeyFieldError[] };

/** The body to send, or what is wrong with it: each problem names its field, no value is repeated. */
export function checkRequest(operation: Operation, request: unknown): CheckedRequest {
  const parsed = requestSchemas[operation].safeParse(request);
  if (!parsed.success) return { ok: false, errors: parsed.error.issues.flatMap(toFieldErrors) };
  const meta = 'meta' in parsed.data ? parsed.data.meta : undefined;
  const findings = meta === undefined ? null : inspectMeta(meta);
  if (findings !== null && findings.problems.length > 0) return { ok: false, errors: findings.problems };
  return { ok: true, json: JSON.stringify(parsed.data), warnings: findings?.warnings ?? [] };
}

function toFieldErrors(issue: z.core.$ZodIssue): UnkeyFieldError[] {
  const location = asPath(issue.path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      location: key,
      message: 'is not a field of this request; remove it or correct its name',
    }));
  }
  if (location === '') return [{ location: 'the request', message: 'must be an object' }];
  return [{ location, message: issue.message }];
}

function asPath(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`,
    )
    .join('');
}

export type ReadReply<O extends Operation> =
  | { readonly ok: true; readonly reply: z.output<(typeof replySchemas)[O]> }
  | { readonly ok: false; readonly detail: string };

export function readReply<O extends Operation>(operation: O, body: unknown): ReadReply<O> {
  const parsed = replySchemas[operation].safeParse(body);
  if (parsed.success) return { ok: true, reply: parsed.data as z.output<(typeof replySchemas)[O]> };
  const place = asPath(parsed.error.issues[0]?.path ?? []) || 'the top';
  return { ok: false, detail: `The answer is JSON of another shape than documented, first at ${place}.` };
}

/** What an error body says, as far as it can be understood; null: it is no error envelope. */
export function readError(body: unknown): z.output<typeof errorReply>['error'] | null {
  const parsed = errorReply.safeParse(body);
  return parsed.success ? parsed.data.error : null;
}
