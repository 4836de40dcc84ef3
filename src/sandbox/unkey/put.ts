import { stored, type IdentityInput, type StoredIdentity, type StoredOverride } from './control.ts';
import type { KeyRow, World } from './world.ts';

/** What is stored as given, as if it had always been there. */
export function createPut({ table, overrides, newId }: World, keys: Map<string, KeyRow>) {
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
