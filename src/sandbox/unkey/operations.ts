import { refusal, type Refusal } from './refusal.ts';
import type { Operation } from './schema.ts';
import { listKeys, verifyKey } from './keys.ts';
import { deleteOverride, getOverride, listOverrides, setOverride } from './overrides.ts';
import type { LimitRow, Row } from './table.ts';
import type { Call, Reply, World } from './world.ts';

/** The handlers, in the order of checks that Unkey's have. The body has passed the schema. */

type LimitInput = Omit<LimitRow, 'id'>;

const maxMetaBytes = 1_048_576;
const noSuchIdentity = { refused: refusal('identity_not_found', 'This identity does not exist.') };

export const operations: Readonly<Record<Operation, (world: World, call: Call) => Promise<Reply>>> = {
  'identities.updateIdentity': update,
  'identities.getIdentity': get,
  'identities.createIdentity': create,
  'identities.listIdentities': list,
  'identities.deleteIdentity': remove,
  'apis.listKeys': listKeys,
  'keys.verifyKey': verifyKey,
  'ratelimit.setOverride': setOverride,
  'ratelimit.getOverride': getOverride,
  'ratelimit.deleteOverride': deleteOverride,
  'ratelimit.listOverrides': listOverrides,
};

async function update(world: World, { body, key, drop }: Call): Promise<Reply> {
  const meta = body['meta'] as Row['meta'] | undefined;
  const wanted = body['ratelimits'] as readonly LimitInput[] | undefined;
  const refused =
    tooLarge(wanted) ??
    world.access.authorize(key, ['identity.*.update_identity']) ??
    duplicate(wanted) ??
    oversized(meta);
  if (refused !== null) return { refused };

  // Read from the replica and before the lock: two updates in a row may act on a list of limits that is gone.
  const stale = world.table.findOnReplica(body['identity'] as string);
  if (stale === undefined) return noSuchIdentity;
  const plan = wanted === undefined ? null : planLimits(world, stale.limits, wanted);
  await world.table.lock(stale.id, async () => {
    await world.write();
    const current = world.table.primary(stale.id);
    if (current === undefined || drop) return;
    // A row that was soft-deleted meanwhile is written all the same: the lock has no filter for it.
    const limits = plan === null ? current.limits : applyLimits(current.limits, plan);
    world.table.commit({ ...current, meta: meta ?? current.meta, limits });
  });
  const limits = plan === null ? stale.limits : [...plan.kept, ...plan.added];
  return { answer: { data: show(world, { ...stale, meta: meta ?? {}, limits }) } };
}

interface LimitPlan {
  readonly removed: ReadonlySet<string>;
  /** To be updated by id: a row that is gone is not missed by anybody. */
  readonly kept: readonly LimitRow[];
  readonly added: readonly LimitRow[];
}

function planLimits(world: World, known: readonly LimitRow[], wanted: readonly LimitInput[]): LimitPlan {
  const idOf = new Map(known.map((row) => [row.name, row.id]));
  const rows = wanted.map(({ name, limit, duration, autoApply }) => {
    return { id: idOf.get(name) ?? world.newId('rl'), name, limit, duration, autoApply };
  });
  const names = new Set(wanted.map(({ name }) => name));
  return {
    removed: new Set(known.filter(({ name }) => !names.has(name)).map(({ id }) => id)),
    kept: rows.filter(({ name }) => idOf.has(name)),
    added: rows.filter(({ name }) => !idOf.has(name)),
  };
}

function applyLimits(current: readonly LimitRow[], plan: LimitPlan): LimitRow[] {
  const byId = new Map(plan.kept.map((row) => [row.id, row]));
  const left = current.filter(({ id }) => !plan.removed.has(id)).map((row) => byId.get(row.id) ?? row);
  return insertLimits(left, plan.added);
}

/** INSERT … ON DUPLICATE KEY UPDATE: a name that is there keeps its row's id and takes the new values. */
function insertLimits(current: readonly LimitRow[], added: readonly LimitRow[]): LimitRow[] {
  const byName = new Map(current.map((row) => [row.name, row]));
  for (const row of added) byName.set(row.name, { ...row, id: byName.get(row.name)?.id ?? row.id });
  return [...byName.values()];
}

async function get(world: World, { body, key }: Call): Promise<Reply> {
  const row = world.table.findOnReplica(body['identity'] as string);
  // Looked up before the permission is checked: a key without it learns whether the identity exists.
  if (row === undefined) return noSuchIdentity;
  const refused = world.access.authorize(key, [
    'identity.*.read_identity',
    `identity.${row.id}.read_identity`,
  ]);
  return refused === null ? { answer: { data: show(world, row) } } : { refused };
}

async function create(world: World, { body, key, drop }: Call): Promise<Reply> {
  const externalId = body['externalId'] as string;
  const meta = (body['meta'] as Row['meta'] | undefined) ?? {};
  const wanted = (body['ratelimits'] as readonly LimitInput[] | undefined) ?? [];
  const refused =
    tooLarge(wanted) ?? world.access.authorize(key, ['identity.*.create_identity']) ?? oversized(meta);
  if (refused !== null) return { refused };
  return world.table.lock(`create ${externalId}`, async () => {
    await world.write();
    if (world.table.findOnPrimary(externalId)?.externalId === externalId) {
      const detail = `Identity with externalId '${externalId}' already exists in this workspace.`;
      return { refused: refusal('identity_already_exists', detail) };
    }
    const id = world.newId('id');
    // Duplicate names are not refused here as they are in an update: the last one wins.
    const limits = insertLimits(
      [],
      wanted.map(({ name, limit, duration, autoApply }) => {
        return { id: world.newId('rl'), name, limit, duration, autoApply };
      }),
    );
    if (!drop) world.table.commit({ id, externalId, meta, limits, deleted: false });
    return { answer: { data: { identityId: id } } };
  });
}

async function list(world: World, { body, key }: Call): Promise<Reply> {
  const refused = world.access.authorize(key, ['identity.*.read_identity']);
  if (refused !== null) return { refused };
  const limit = (body['limit'] as number | undefined) ?? 100;
  const cursor = (body['cursor'] as string | undefined) ?? '';
  const search = ((body['search'] as string | undefined) ?? '').toLowerCase();
  const found = world.table.pageOnReplica(cursor, limit, (row) =>
    [row.id, row.externalId].some((text) => text.toLowerCase().includes(search)),
  );
  // The cursor is the first id of the next page.
  const next = found[limit];
  return {
    answer: {
      data: found.slice(0, limit).map((row) => show(world, row)),
      pagination: { hasMore: next !== undefined, ...(next === undefined ? {} : { cursor: next.id }) },
    },
  };
}

async function remove(world: World, { body, key, drop }: Call): Promise<Reply> {
  const refused = world.access.authorize(key, ['identity.*.delete_identity']);
  if (refused !== null) return { refused };
  const stale = world.table.findOnReplica(body['identity'] as string);
  if (stale === undefined) return noSuchIdentity;
  await world.table.lock(stale.id, async () => {
    await world.write();
    const current = world.table.primary(stale.id);
    if (current !== undefined && !drop) world.table.commit({ ...current, deleted: true });
  });
  return { answer: {} };
}

/** Empty is absent, object keys are sorted, limits come in any order. */
function show(world: World, { id, externalId, meta, limits }: Row): Record<string, unknown> {
  const shuffled = limits
    .map((row) => ({ row, place: world.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ row }) => row);
  return {
    id,
    externalId,
    ...(Object.keys(meta).length === 0 ? {} : { meta: sortKeys(meta) }),
    ...(shuffled.length === 0 ? {} : { ratelimits: shuffled }),
  };
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, child]) => [key, sortKeys(child)]));
}

/** A whole number beyond int64 passes the schema and then does not fit the server's type. */
function tooLarge(limits: readonly LimitInput[] | undefined): Refusal | null {
  const fits = (limits ?? []).every(({ limit, duration }) => limit < 2 ** 63 && duration < 2 ** 63);
  return fits
    ? null
    : refusal('invalid_input', 'The request body is invalid. The request body was not valid JSON.');
}

function duplicate(limits: readonly LimitInput[] | undefined): Refusal | null {
  const names = (limits ?? []).map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return null;
  return refusal('invalid_input', `Ratelimit with name '${twice}' is already defined in the request`);
}

function oversized(meta: Row['meta'] | undefined): Refusal | null {
  if (meta === undefined) return null;
  // Go writes these characters as six-byte escapes, and its size is what counts.
  const text = JSON.stringify(meta).replaceAll(/[<>&\u2028\u2029]/gu, '\\u0000');
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxMetaBytes) return null;
  return refusal(
    'invalid_input',
    `Metadata is too large, it must be less than ${maxMetaBytes / 1_048_576}MB, got: ${(bytes / 1_048_576).toFixed(2)}`,
  );
}
