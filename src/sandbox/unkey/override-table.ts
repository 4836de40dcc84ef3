import { always, type Replica, type Version } from './replica.ts';

export interface OverrideRow {
  readonly id: string;
  /** By name. */
  readonly namespace: string;
  /** May have wildcards. */
  readonly identifier: string;
  readonly limit: number;
  /** Milliseconds. */
  readonly duration: number;
  readonly deleted: boolean;
}

export type Overrides = ReturnType<typeof createOverrides>;

/** Enough for a replica that lags: what is older than that many versions never shows again. */
const historyLength = 100;

export function createOverrides({ visible, version }: Replica) {
  const namespaces = new Map<string, string>();
  const versions = new Map<string, readonly Version<OverrideRow>[]>();
  const keyOf = ({ namespace, identifier }: Pick<OverrideRow, 'namespace' | 'identifier'>): string =>
    JSON.stringify([namespace, identifier]);
  const put = (key: string, newest: Version<OverrideRow>): void => {
    versions.set(key, [...(versions.get(key) ?? []), newest].slice(-historyLength));
  };
  const rows = (read: (history: readonly Version<OverrideRow>[]) => OverrideRow | undefined): OverrideRow[] =>
    [...versions.values()].flatMap((history) => read(history) ?? []).sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    /** By id or name. */
    namespace(either: string): { readonly id: string; readonly name: string } | null {
      for (const [name, id] of namespaces) if (name === either || id === either) return { id, name };
      return null;
    },
    putNamespace: (name: string, id: string) => void namespaces.set(name, id),
    /** Deleted ones too. */
    primary: (of: Pick<OverrideRow, 'namespace' | 'identifier'>) => versions.get(keyOf(of))?.at(-1)?.row,
    commit: (row: OverrideRow) => put(keyOf(row), version(row)),
    /** As if it had always been so. */
    put: (row: OverrideRow) => void versions.set(keyOf(row), [always(row)]),
    onReplica: (namespace: string) =>
      rows(visible).filter((row) => row.namespace === namespace && !row.deleted),
    allOnPrimary: () => rows((history) => history.at(-1)?.row).filter(({ deleted }) => !deleted),
  };
}
