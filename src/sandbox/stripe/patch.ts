import { rendered } from './account.ts';
import type { UpdateInputs } from './inputs.ts';
import type { Metadata, Table } from './table.ts';
import { ChangeRefused, mergeMetadata, previousOf, type Changed, type World } from './world.ts';

type Patched = 'customers' | 'products' | 'prices';

export function patch(
  world: World,
  kind: Patched,
  type: string,
  id: string,
  input: UpdateInputs[Patched],
): Changed {
  const table = world.account[kind] as Table;
  const before = table.get(id);
  if (before === undefined || before['deleted'] === true) {
    throw new ChangeRefused(`There is no ${kind.slice(0, -1)} ${id}.`);
  }
  const metadata = mergeMetadata(before['metadata'] as Metadata, input.metadata);
  const entity = table.put({ ...before, ...input, metadata });
  const object = rendered(world.account, entity);
  const previous = previousOf(rendered(world.account, before), object);
  return { entity, happenings: [{ type, object, previous }] };
}

export function remove(world: World, kind: 'customers' | 'products', type: string, id: string): Changed {
  const table = world.account[kind] as Table;
  const before = table.get(id);
  if (before === undefined || before['deleted'] === true) {
    throw new ChangeRefused(`There is no ${kind.slice(0, -1)} ${id}.`);
  }
  const entity = table.put({ ...before, deleted: true });
  // The event still shows the object as it was; only a read afterwards finds the stub.
  return { entity, happenings: [{ type, object: rendered(world.account, before) }] };
}
