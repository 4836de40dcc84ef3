import { refusal } from './refusal.ts';
import type { LimitRow, Row } from './table.ts';
import type { Call, KeyRow, Reply, World } from './world.ts';

/** By ascending id; the cursor is the first of the next page. */
export async function listKeys(world: World, { body, key }: Call): Promise<Reply> {
  const { apiId, externalId, limit = 100, cursor = '' } = body as ListKeys;
  const refused = world.access.authorize(key, ['api.*.read_key', `api.${apiId}.read_key`]);
  if (refused !== null) return { refused };
  const rows = [...world.keys.values()]
    .filter((row) => row.apiId === apiId && (externalId === undefined || row.externalId === externalId))
    .filter(({ keyId }) => keyId >= cursor)
    .sort((a, b) => (a.keyId < b.keyId ? -1 : 1));
  const next = rows[limit];
  const pagination = { hasMore: next !== undefined, ...(next === undefined ? {} : { cursor: next.keyId }) };
  return {
    answer: { data: rows.slice(0, limit).map((row) => shown(world, row)), pagination },
  };
}

type ListKeys = {
  readonly apiId: string;
  readonly externalId?: string;
  readonly limit?: number;
  readonly cursor?: string;
};

function shown(world: World, { keyId, name, enabled = true, externalId, ratelimits }: KeyRow): object {
  return {
    keyId,
    start: keyId.slice(0, 7),
    enabled,
    ...(name === undefined ? {} : { name }),
    createdAt: 0,
    ...shownIdentity(identityOf(world, externalId)),
    ...(ratelimits === undefined
      ? {}
      : { ratelimits: ratelimits.map((limit) => ({ id: world.newId('rl'), ...limit })) }),
  };
}

function identityOf({ table }: World, externalId: string | undefined): Row | undefined {
  return externalId === undefined ? undefined : table.findOnReplica(externalId);
}

function shownIdentity(row: Row | undefined): object | undefined {
  return row && { identity: { id: row.id, externalId: row.externalId, meta: row.meta } };
}

/** What does not exist is no error: the answer says that the key is not valid. */
export async function verifyKey(world: World, { body, key }: Call): Promise<Reply> {
  const row = world.keys.get(body['key'] as string);
  const refused = world.access.authorize(key, ['api.*.verify_key', `api.${row?.apiId ?? ''}.verify_key`]);
  if (refused !== null) return { refused };
  if (row === undefined) return { answer: { data: { valid: false, code: 'NOT_FOUND' } } };
  const identity = identityOf(world, row.externalId);
  const limits = new Map<string, Omit<LimitRow, 'id'>>();
  for (const limit of [...(identity?.limits ?? []), ...(row.ratelimits ?? [])]) limits.set(limit.name, limit);
  const asked = (body['ratelimits'] ?? []) as readonly { readonly name: string }[];
  const unknown = asked.find(({ name }) => !limits.has(name));
  if (unknown !== undefined) {
    const detail = `The requested ratelimit '${unknown.name}' does not exist.`;
    return { refused: refusal('precondition_failed', detail) };
  }
  const names = new Set(asked.map(({ name }) => name));
  const checked = [...limits.values()].filter(({ name, autoApply }) => autoApply || names.has(name));
  const { enabled = true } = row;
  return {
    answer: {
      data: {
        valid: enabled,
        code: enabled ? 'VALID' : 'DISABLED',
        keyId: row.keyId,
        enabled,
        ...shownIdentity(identity),
        ratelimits: checked.map(({ name, limit, duration, autoApply }) => ({
          id: world.newId('rl'),
          name,
          limit,
          duration,
          autoApply,
          exceeded: false,
          remaining: limit,
          reset: duration,
        })),
      },
    },
  };
}
