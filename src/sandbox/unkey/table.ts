import { always, type Replica, type Version } from './replica.ts';

/**
 * The identities as Unkey's database has them: a primary that writes go to, and a replica that every read sees, the
 * update's own read of the limits included.
 */

export interface LimitRow {
  readonly id: string;
  readonly name: string;
  readonly limit: number;
  /** Milliseconds. */
  readonly duration: number;
  readonly autoApply: boolean;
}

export interface Row {
  readonly id: string;
  readonly externalId: string;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly limits: readonly LimitRow[];
  readonly deleted: boolean;
}

/** What the replica must still be able to show when its lag is raised later. */
const historyMs = 10 * 60_000;
/** Per identity; the oldest one that is kept then stands for all before it. */
const historyLength = 1000;

export type Table = ReturnType<typeof createTable>;

export function createTable({ visible, version }: Replica) {
  const versions = new Map<string, Version<Row>[]>();
  const idsByExternalId = new Map<string, string[]>();
  let sortedIds: string[] | null = null;

  const primary = (id: string): Row | undefined => versions.get(id)?.at(-1)?.row;
  const write = (newest: Version<Row>, earlier: readonly Version<Row>[]): void => {
    const { row } = newest;
    if (!versions.has(row.id)) sortedIds = null;
    versions.set(row.id, [...earlier, newest]);
    const ids = idsByExternalId.get(row.externalId) ?? [];
    if (!ids.includes(row.id)) idsByExternalId.set(row.externalId, [...ids, row.id]);
  };
  /** An id is looked for first, then an external id; soft-deleted rows are invisible. */
  const find = (identity: string, read: (id: string) => Row | undefined): Row | undefined =>
    [identity, ...(idsByExternalId.get(identity) ?? [])]
      .map(read)
      .find((row) => row !== undefined && !row.deleted);

  return {
    primary,
    findOnPrimary: (identity: string) => find(identity, primary),
    findOnReplica: (identity: string) => find(identity, (id) => visible(versions.get(id))),
    /** Undeleted rows by ascending id. */
    allOnPrimary: () => living([...versions.values()].map((history) => history.at(-1)?.row)),
    /** Undeleted rows by ascending id, from an id on, as many as fit and one more that tells whether there are more. */
    pageOnReplica(from: string, limit: number, fits: (row: Row) => boolean): Row[] {
      sortedIds ??= [...versions.keys()].sort();
      return pageOf(sortedIds, from, limit, (id) => {
        const row = visible(versions.get(id));
        return row !== undefined && !row.deleted && fits(row) ? row : null;
      });
    },
    commit(row: Row): void {
      const newest = version(row);
      write(newest, remembered(versions.get(row.id) ?? [], newest.at));
    },
    put: (row: Row) => write(always(row), []),
    erase(id: string): void {
      const row = primary(id);
      if (row === undefined) return;
      versions.delete(id);
      sortedIds = null;
      const others = (idsByExternalId.get(row.externalId) ?? []).filter((each) => each !== id);
      idsByExternalId.set(row.externalId, others);
    },
    lock: createLocks(),
  };
}

/** As much of a history as the replica may still have to show. */
function remembered(history: readonly Version<Row>[], now: number): readonly Version<Row>[] {
  const oldestNeeded = history.findLastIndex((version) => version.at <= now - historyMs);
  const kept = history.slice(Math.max(0, oldestNeeded, history.length - historyLength));
  const first = kept[0];
  if (first !== undefined && kept.length < history.length) {
    kept[0] = always(first.row);
  }
  return kept;
}

function pageOf(
  sortedIds: readonly string[],
  from: string,
  limit: number,
  rowOf: (id: string) => Row | null,
): Row[] {
  const page: Row[] = [];
  for (let nth = firstAtLeast(sortedIds, from); nth < sortedIds.length && page.length <= limit; nth += 1) {
    const row = rowOf(sortedIds[nth] ?? '');
    if (row !== null) page.push(row);
  }
  return page;
}

function firstAtLeast(sorted: readonly string[], text: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? '') < text) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** One at a time per key, in the order of asking: Unkey's row lock. */
function createLocks() {
  const last = new Map<string, Promise<unknown>>();
  return async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const run = (last.get(key) ?? Promise.resolve()).then(work);
    const settled = run.catch(() => undefined);
    last.set(key, settled);
    try {
      return await run;
    } finally {
      if (last.get(key) === settled) last.delete(key);
    }
  };
}

function living(rows: readonly (Row | undefined)[]): Row[] {
  return rows
    .filter((row): row is Row => row !== undefined && !row.deleted)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}
