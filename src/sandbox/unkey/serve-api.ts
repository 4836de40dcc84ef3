import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Effect, Faults } from '../faults/faults.ts';
import { applyBefore } from '../faults/serve.ts';
import { answerJson, answerText, pathOf, readBody, type Headers } from '../http.ts';
import { operations } from './operations.ts';
import { decode, maxBodyBytes, subjectOf, validate } from './read-request.ts';
import { usualRefusal } from './refusal.ts';
import type { RequestLog } from './request-log.ts';
import { schemas, type Operation } from './schema.ts';
import type { Reply, World } from './world.ts';

/** What the API works on. */
export interface ApiParts {
  readonly world: World;
  readonly log: RequestLog;
  readonly faults: Faults;
  /** Lets pass what is added to every call. */
  readonly wait: () => Promise<void>;
}

/** Answers a call as Unkey does: whoever asks in another way, with another method, or is refused, too. */
export async function serveApi(
  parts: ApiParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const operation = /^\/v2\/(.+)$/.exec(pathOf(request))?.[1] ?? '';
  // The router in front knows no envelope: its answers are plain text.
  if (!isOperation(operation)) return answerText(response, 404, '404 page not found\n');
  if (request.method !== 'POST') {
    return answerText(response, 405, 'Method Not Allowed\n', { Allow: 'POST' });
  }
  const raw = await readBody(request, maxBodyBytes);
  const decoded = decode(raw);
  const body = decoded.ok ? decoded.value : null;
  const subject = subjectOf(body);
  const requestId = parts.world.newId('req');
  const written =
    operation === 'identities.updateIdentity' ? parts.world.table.findOnPrimary(subject) : undefined;
  const end = parts.log.begin({ operation, subject, body, requestId }, written?.id ?? null);
  let status: number | null = null;
  try {
    const effect = parts.faults.next(operation, subject);
    const envelope = (code: number) => ({ meta: { requestId }, error: usualRefusal(code) });
    if (await applyBefore(response, withErrorType(effect, request), envelope)) {
      status = effect?.cut === 'before' ? null : (effect?.status ?? null);
      return;
    }
    await parts.wait();
    const answer = await handle(parts.world, operation, request, raw, effect?.drop ?? false);
    if (effect?.cut === 'after') {
      response.destroy();
      return;
    }
    status = answer.status;
    answerJson(response, status, { meta: { requestId }, ...answer.body }, answer.headers);
  } finally {
    end(status);
  }
}

interface ApiAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
}

async function handle(
  world: World,
  operation: Operation,
  request: IncomingMessage,
  raw: Buffer | null,
  drop: boolean,
): Promise<ApiAnswer> {
  const validated = validate(operation, request.headers, raw);
  // The validator writes its own answers, and does not look at `Accept`.
  if ('refused' in validated) return toAnswer(validated, {}, 'application/json');
  const key = world.access.authenticate(request.headers.authorization ?? '');
  const type = errorType(request);
  if ('status' in key) return toAnswer({ refused: key }, {}, type);
  const { headers, refused } = world.access.spend();
  if (refused !== null) return toAnswer({ refused }, headers, type);
  return toAnswer(await operations[operation](world, { body: validated.body, key, drop }), headers, type);
}

function toAnswer(reply: Reply, headers: Headers, errorContentType: string): ApiAnswer {
  if ('answer' in reply) return { status: 200, body: reply.answer, headers };
  const { errors, ...error } = reply.refused;
  return {
    status: error.status,
    body: { error: { ...error, ...(errors === undefined ? {} : { errors }) } },
    headers: { ...headers, 'content-type': errorContentType },
  };
}

function errorType(request: IncomingMessage): string {
  const accept = request.headers.accept ?? '';
  const problem = ['*/*', 'application/*', 'application/problem+json'].some((type) => accept.includes(type));
  return problem ? 'application/problem+json' : 'application/json';
}

function withErrorType(effect: Effect | null, request: IncomingMessage): Effect | null {
  if (effect === null || effect.status === null || effect.content !== null) return effect;
  return { ...effect, headers: { 'content-type': errorType(request), ...effect.headers } };
}

function isOperation(name: string): name is Operation {
  return Object.hasOwn(schemas, name);
}
