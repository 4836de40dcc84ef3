import type { OverrideRow } from './override-table.ts';
import { refusal } from './refusal.ts';
import type { Call, Reply, World } from './world.ts';

/**
 * Overrides of rate limits in namespaces, traps included: one that was deleted stays deleted, whatever is set again; a
 * key that may not read or delete one is told that there is none; a read finds the wildcard that fits as well.
 */

const noNamespace = {
  refused: refusal('ratelimit_namespace_not_found', 'This namespace does not exist.'),
};
const noOverride = {
  refused: refusal('ratelimit_override_not_found', 'This override does not exist.'),
};

type Body = {
  readonly namespace: string;
  readonly identifier: string;
  readonly limit: number;
  readonly duration: number;
};

export async function setOverride(world: World, { body, key, drop }: Call): Promise<Reply> {
  const { identifier, limit, duration, namespace } = body as Body;
  const found = world.overrides.namespace(namespace);
  if (found === null) return noNamespace;
  return world.table.lock(`override ${found.id} ${identifier}`, async () => {
    const refused = world.access.authorize(key, permissions(found.id, 'set_override'));
    if (refused !== null) return { refused };
    await world.write();
    const before = world.overrides.primary({ namespace: found.name, identifier });
    const id = before?.id ?? world.newId('rlor');
    // INSERT … ON DUPLICATE KEY UPDATE of the numbers alone: a row that was deleted keeps being deleted.
    const deleted = before?.deleted ?? false;
    if (!drop) world.overrides.commit({ id, namespace: found.name, identifier, limit, duration, deleted });
    return { answer: { data: { overrideId: id } } };
  });
}

export async function getOverride(world: World, { body, key }: Call): Promise<Reply> {
  const { namespace, identifier } = body as Body;
  const found = world.overrides.namespace(namespace);
  if (found === null) return noNamespace;
  const rows = world.overrides.onReplica(found.name);
  const row =
    rows.find((each) => each.identifier === identifier) ?? rows.find((each) => fits(each, identifier));
  const mayRead = world.access.authorize(key, permissions(found.id, 'read_override')) === null;
  return row === undefined || !mayRead ? noOverride : { answer: { data: shown(row) } };
}

export async function deleteOverride(world: World, { body, key, drop }: Call): Promise<Reply> {
  const { namespace, identifier } = body as Body;
  const found = world.overrides.namespace(namespace);
  if (found === null) return noNamespace;
  const row = world.overrides.onReplica(found.name).find((each) => each.identifier === identifier);
  const mayDelete = world.access.authorize(key, permissions(found.id, 'delete_override')) === null;
  if (row === undefined || !mayDelete) return noOverride;
  await world.write();
  const current = world.overrides.primary(row);
  if (current !== undefined && !drop) world.overrides.commit({ ...current, deleted: true });
  return { answer: { data: {} } };
}

/** By ascending id; the cursor is the first of the next page. */
export async function listOverrides(world: World, { body, key }: Call): Promise<Reply> {
  const {
    namespace,
    limit = 50,
    cursor = '',
  } = body as { readonly namespace: string; readonly limit?: number; readonly cursor?: string };
  const found = world.overrides.namespace(namespace);
  if (found === null) return noNamespace;
  const refused = world.access.authorize(key, permissions(found.id, 'read_override'));
  if (refused !== null) return { refused };
  const rows = world.overrides.onReplica(found.name).filter(({ id }) => id >= cursor);
  const next = rows[limit];
  const pagination = { hasMore: next !== undefined, ...(next === undefined ? {} : { cursor: next.id }) };
  return { answer: { data: rows.slice(0, limit).map(shown), pagination } };
}

function permissions(namespaceId: string, action: string): readonly string[] {
  return [`ratelimit.${namespaceId}.${action}`, `ratelimit.*.${action}`];
}

function shown({ id, identifier, limit, duration }: OverrideRow): Record<string, unknown> {
  return { overrideId: id, duration, identifier, limit };
}

function fits({ identifier: pattern }: OverrideRow, identifier: string): boolean {
  if (!pattern.includes('*')) return false;
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(identifier);
}
