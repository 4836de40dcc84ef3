/** Objects as the stand-in keeps them: in Stripe's own words, of the newest API version. Times are in seconds. */

export type Metadata = Readonly<Record<string, string>>;

export interface Entity {
  readonly id: string;
  readonly object: string;
  readonly created: number;
  readonly [field: string]: unknown;
}

export interface Table<T extends Entity = Entity> {
  get(id: string): T | undefined;
  put(entity: T): T;
  /** Newest first, as Stripe lists them. */
  all(): readonly T[];
  /** Newest first, those whose indexed field has the value. */
  having(field: string, value: string): readonly T[];
}

/** `indexed` fields hold an id or null and never change. */
export function createTable<T extends Entity>(indexed: readonly string[] = []): Table<T> {
  const rows = new Map<string, T>();
  const indexes = new Map(indexed.map((field) => [field, new Map<string, Set<string>>()]));
  /** A hundred thousand are not put in order again for each page of them. */
  let inOrder: readonly T[] | null = null;
  return {
    get: (id) => rows.get(id),
    put(entity) {
      rows.set(entity.id, entity);
      inOrder = null;
      for (const [field, index] of indexes) {
        const value = entity[field];
        if (typeof value !== 'string') continue;
        const ids = index.get(value) ?? new Set();
        index.set(value, ids.add(entity.id));
      }
      return entity;
    },
    all: () => (inOrder ??= newestFirst([...rows.values()])),
    having(field, value) {
      const index = indexes.get(field);
      if (index === undefined) throw new Error(`The stand-in has no index on ${field}.`);
      return newestFirst([...(index.get(value) ?? [])].flatMap((id) => rows.get(id) ?? []));
    },
  };
}

/** Of two objects of one second the later made one is the newer. */
function newestFirst<T extends Entity>(rows: T[]): T[] {
  return rows.reverse().sort((a, b) => b.created - a.created);
}
