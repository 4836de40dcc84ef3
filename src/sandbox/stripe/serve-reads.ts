import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Effect, Faults } from '../faults/faults.ts';
import { applyBefore } from '../faults/serve.ts';
import { answerJson, pathOf, readBody } from '../http.ts';
import { accountAsked } from './connected.ts';
import { understand, type ReadWorld } from './read-api.ts';
import { ApiRefusal, noAccess, usualError } from './refusals.ts';
import type { ReadLog } from './request-log.ts';

export interface ReadServer {
  readonly ownWorld: ReadWorld;
  /** Of an account, null for the own one; null: the key has no access to it. */
  readonly worldOf: (account: string | null) => ReadWorld | null;
  readonly faults: Faults;
  readonly log: ReadLog;
  readonly newId: (prefix: string) => string;
  readonly latencyMs: () => number;
  /** Of the `Date` of answers. */
  readonly skewSeconds: () => number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

const maxFormBytes = 100_000;

/** Answers one read of the API, with the trouble that is scripted for it. */
export async function serveReads(
  server: ReadServer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const at = server.now();
  const requestId = server.newId('req');
  const form = request.method === 'POST' ? await readBody(request, maxFormBytes) : null;
  const account = accountAsked(request);
  const world = server.worldOf(account);
  const read = understand(world ?? server.ownWorld, request, form?.toString('utf8') ?? '');
  const operation = read?.operation ?? 'unknown';
  const subject = read?.subject ?? '';
  let status: number | null = null;
  if (server.skewSeconds() !== 0) {
    response.setHeader('date', new Date(at + server.skewSeconds() * 1000).toUTCString());
  }
  try {
    const effect = server.faults.next(operation, subject);
    const namesReason = effect?.headers['stripe-rate-limited-reason'] !== undefined;
    // A lock that could not be had answers without an id of the request.
    if (!isLock(effect, namesReason)) response.setHeader('request-id', requestId);
    if (await applyBefore(response, effect, (code) => ({ error: usualError(code, namesReason) }))) {
      status = effect?.cut === 'before' ? null : (effect?.status ?? null);
      return;
    }
    if (server.latencyMs() > 0) await sleep(server.latencyMs());
    const answer = answerOf(() => {
      if (read === null) return unrecognized(request);
      if (world === null) throw noAccess(account ?? '');
      return read.answer();
    });
    if (effect?.cut === 'after') {
      response.destroy();
      return;
    }
    status = answer.status;
    answerJson(response, answer.status, answer.body, {
      'stripe-version': String(request.headers['stripe-version'] ?? ''),
    });
  } finally {
    const path = request.url ?? '';
    server.log.add({ operation, subject, account, path, at, ms: server.now() - at, status, requestId });
  }
}

function isLock(effect: Effect | null, namesReason: boolean): boolean {
  return effect?.status === 429 && effect.content === null && !namesReason;
}

function answerOf(work: () => unknown): { readonly status: number; readonly body: unknown } {
  try {
    return { status: 200, body: work() };
  } catch (error) {
    if (error instanceof ApiRefusal) return { status: error.status, body: { error: error.body } };
    throw error;
  }
}

function unrecognized(request: IncomingMessage): never {
  throw new ApiRefusal(404, {
    type: 'invalid_request_error',
    message:
      `Unrecognized request URL (${request.method}: ${pathOf(request)}). ` +
      'The stand-in answers reads; it is changed through /_stripe.',
  });
}
