import { setTimeout as sleep } from 'node:timers/promises';
import { createFaults, type Faults } from './faults/faults.ts';
import { serveFaults } from './faults/serve.ts';
import { listen } from './http.ts';
import { anyRandom, createIds } from './random.ts';
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
import { createOverrides } from './unkey/override-table.ts';
import type { KeyRow, World } from './unkey/world.ts';
import { createReplica } from './unkey/replica.ts';
import { createRequestLog, type LoggedRequest } from './unkey/request-log.ts';
import { serveApi, type ApiParts } from './unkey/serve-api.ts';
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

export async function startUnkeySandbox(options: UnkeySandboxOptions = {}): Promise<UnkeySandbox> {
  const { port = 0, host = '127.0.0.1', rootKeys = [{ key: sandboxRootKey }], now = Date.now } = options;
  const { random = anyRandom } = options;
  const replica = createReplica(now);
  const table = createTable(replica);
  const overrides = createOverrides(replica);
  const access = createAccess(rootKeys, now);
  const log = createRequestLog(now);
  const faults = createFaults(random, now);
  let { latencyMs = 0, writeLatencyMs = 0 } = options;
  const newId = createIds(random, 9);
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
  const parts: ApiParts = { world, log, faults, wait: () => wait(latencyMs) };
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
    requests: log.entries,
    clearRequests: log.clear,
    putRootKey: access.put,
    removeRootKey: access.remove,
    setReadLag: replica.setLag,
    freezeReplica: replica.freeze,
    configure,
  };
}

async function wait(ms: number): Promise<void> {
  if (ms > 0) await sleep(ms);
}

/** What is stored as given, as if it had always been there. */
function createPut({ table, overrides, newId }: World, keys: Map<string, KeyRow>) {
  const putIdentity = (input: IdentityInput): StoredIdentity => {
    const { externalId, id = table.findOnPrimary(externalId)?.id ?? newId('id'), meta = {} } = input;
    const limits = (input.ratelimits ?? []).map((limit) => ({ ...limit, id: limit.id ?? newId('rl') }));
    const row = { id, externalId, meta, limits, deleted: false };
    table.put(row);
    return stored(row);
  };
  const putNamespace = (name: string): void => {
    if (overrides.namespace(name) === null) overrides.putNamespace(name, newId('rlns'));
  };
  const putOverride = (override: StoredOverride): void => {
    putNamespace(override.namespace);
    overrides.put({ ...override, id: overrides.primary(override)?.id ?? newId('rlor'), deleted: false });
  };
  const putKey = (row: KeyRow): void => void keys.set(row.key, row);
  return { putIdentity, putNamespace, putOverride, putKey };
}
