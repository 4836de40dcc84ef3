import { randomInt } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFaults, type Effect, type Faults } from './faults/faults.ts';
import { applyBefore, serveFaults } from './faults/serve.ts';
import { answerJson, answerText, listen, pathOf, readBody, type Headers } from './http.ts';
import { createAccess, type RootKey } from './unkey/access.ts';
import {
  serveControls,
  stored,
  storedOverrides,
  type IdentityInput,
  type Settings,
  type StoredIdentity,
  type StoredOverride,
} from './unkey/control.ts';
import { operations } from './unkey/operations.ts';
import { createOverrides } from './unkey/override-table.ts';
import type { KeyRow, Reply, World } from './unkey/world.ts';
import { decode, maxBodyBytes, subjectOf, validate } from './unkey/read-request.ts';
import { usualRefusal } from './unkey/refusal.ts';
import { createPut } from './unkey/put.ts';
import { createReplica } from './unkey/replica.ts';
import { createRequestLog, type LoggedRequest, type RequestLog } from './unkey/request-log.ts';
import { schemas, type Operation } from './unkey/schema.ts';
import { createTable } from './unkey/table.ts';

/**
 * A stand-in for Unkey's identities API (https://www.unkey.com/docs/api-reference/v2), traps included: validation
 * before authentication, required `autoApply`, `meta` in an update's answer only as an echo, empty means absent,
 * limits in shuffled order, request ids in the body alone, problem+json by `Accept`, a replica that lags and that the
 * update itself reads its list of limits from. A client that hangs up does not stop its write: the harder of the two
 * things that can happen. Not played: the ten seconds for which a new root key can still be unknown, and the minute for
 * which a node may have a namespace in its cache.
 */

/** The root key that a sandbox knows when none is configured; it may do everything. */
export const sandboxRootKey = 'unkey_sandbox_root';

export interface UnkeySandboxOptions {
  /** 0, the default: a free one. */
  readonly port?: number;
  /** Default 127.0.0.1: whoever reaches it controls it. */
  readonly host?: string;
  readonly rootKeys?: readonly RootKey[];
  /** How far the replica is behind, in milliseconds. Default 0. */
  readonly readLagMs?: number;
  /** Added to every call. Default 0. */
  readonly latencyMs?: number;
  /** For how long a write holds the lock of its identity. Default 0. */
  readonly writeLatencyMs?: number;
  /** Decides ids, the order of limits and unseeded faults; 0 to 1. */
  readonly random?: () => number;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

export interface UnkeySandbox {
  readonly url: string;
  close(): Promise<void>;
  readonly faults: Faults;
  /** Everything on the primary that is not deleted, by ascending id. */
  identities(): readonly StoredIdentity[];
  /** By id or external id, on the primary. */
  identity(idOrExternalId: string): StoredIdentity | null;
  /** Stored as given, and seen by the replica at once. */
  putIdentity(input: IdentityInput): StoredIdentity;
  eraseIdentity(id: string): void;
  /** Every call of the API so far, in the order in which they ended. */
  requests(operation?: string): readonly LoggedRequest[];
  clearRequests(): void;
  /** Whatever is not deleted, of all namespaces, on the primary. */
  overrides(identifier?: string): readonly StoredOverride[];
  /** Unkey makes namespaces when they are first used for a limit, and not for an override. */
  putNamespace(name: string): void;
  /** Stored as given, in a namespace that is made for it, and seen by the replica at once. */
  putOverride(override: StoredOverride): void;
  /** A key of an API, which limits of its own may be on. */
  putKey(key: KeyRow): void;
  putRootKey(key: RootKey): void;
  removeRootKey(key: string): void;
  setReadLag(ms: number): void;
  /** While frozen, reads show nothing that is written from now on. */
  freezeReplica(frozen: boolean): void;
  configure(settings: Settings): void;
}

interface Parts {
  readonly world: World;
  readonly log: RequestLog;
  readonly faults: Faults;
  readonly latencyMs: () => number;
}

export async function startUnkeySandbox(options: UnkeySandboxOptions = {}): Promise<UnkeySandbox> {
  const { port = 0, host = '127.0.0.1', rootKeys = [{ key: sandboxRootKey }], now = Date.now } = options;
  const random = options.random ?? (() => randomInt(2 ** 47) / 2 ** 47);
  const replica = createReplica(now);
  const table = createTable(replica);
  const overrides = createOverrides(replica);
  const access = createAccess(rootKeys, now);
  const log = createRequestLog(now);
  const faults = createFaults(random, now);
  let { latencyMs = 0, writeLatencyMs = 0 } = options;
  const newId = createIds(random);
  const keys = new Map<string, KeyRow>();
  const world: World = { table, overrides, keys, access, newId, random, write: () => wait(writeLatencyMs) };
  const configure = (settings: Settings): void => {
    if (settings.readLagMs !== undefined) replica.setLag(settings.readLagMs);
    if (settings.replicaFrozen !== undefined) replica.freeze(settings.replicaFrozen);
    latencyMs = settings.latencyMs ?? latencyMs;
    writeLatencyMs = settings.writeLatencyMs ?? writeLatencyMs;
    const { requestsPerWindow, windowMs } = settings;
    if (requestsPerWindow !== undefined) access.setLimit(requestsPerWindow, windowMs);
  };
  configure({ readLagMs: options.readLagMs ?? 0 });
  const put = createPut(world, keys);
  const controls = { table, overrides, access, log, ...put, change: configure };
  const parts: Parts = { world, log, faults, latencyMs: () => latencyMs };
  const listening = await listen(
    async (request, response) => {
      if (await serveFaults(faults, request, response)) return;
      if (await serveControls(controls, request, response)) return;
      await serveApi(parts, request, response);
    },
    { port, host },
  );
  return {
    url: listening.url,
    close: () => listening.close(),
    faults,
    identities: () => table.allOnPrimary().map(stored),
    identity: (either) => {
      const row = table.findOnPrimary(either);
      return row === undefined ? null : stored(row);
    },
    ...put,
    overrides: (identifier) =>
      storedOverrides(overrides).filter((each) => identifier === undefined || each.identifier === identifier),
    eraseIdentity: (id) => table.erase(id),
    requests: (operation) =>
      log.entries().filter((entry) => operation === undefined || entry.operation === operation),
    clearRequests: log.clear,
    putRootKey: access.put,
    removeRootKey: access.remove,
    setReadLag: replica.setLag,
    freezeReplica: replica.freeze,
    configure,
  };
}

async function serveApi(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
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
    await wait(parts.latencyMs());
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

/** Nine letters and digits, as Unkey makes them today. */
function createIds(random: () => number): World['newId'] {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  const letter = () => alphabet[Math.floor(random() * alphabet.length)];
  return (prefix) => `${prefix}_${Array.from({ length: 9 }, letter).join('')}`;
}

async function wait(ms: number): Promise<void> {
  if (ms > 0) await sleep(ms);
}
