import { setImmediate } from 'node:timers/promises';

interface AnyPage {
  readonly nextCursor: string | null;
}

/** The pages of a list, each read when it is asked for; a reader that has enough stops asking. */
export async function* everyPage<P extends AnyPage>(
  read: (cursor: string | null) => Promise<P>,
): AsyncGenerator<P, void, void> {
  let cursor: string | null = null;
  do {
    const page: P = await read(cursor);
    yield page;
    cursor = page.nextCursor;
  } while (cursor !== null);
}

/** The most that a page of the admin API has. */
export const largestPage = 200;

/** The first so many of a list that comes by pages, which may be empty and not the last. */
export async function upTo<Name extends string, Item>(
  limit: number,
  read: (
    cursor: string | null,
    most: number,
  ) => Promise<AnyPage & { readonly [Field in Name]: readonly Item[] }>,
  name: Name,
): Promise<readonly Item[]> {
  const found: Item[] = [];
  for await (const page of everyPage((cursor) => read(cursor, Math.min(largestPage, limit - found.length)))) {
    found.push(...page[name]);
    if (found.length >= limit) break;
    // Others have their turn.
    await setImmediate();
  }
  return found.slice(0, limit);
}
