/** Enough for any test; a stand-in that runs for days must not grow. */
export const kept = 50_000;

/** What came to a stand-in, in the order in which it ended. */
export interface Log<Entry> {
  add(entry: Entry): void;
  /** All, or those of one operation. */
  entries(operation?: string): readonly Entry[];
  clear(): void;
}

export function createLog<Entry extends { readonly operation: string }>(): Log<Entry> {
  let all: Entry[] = [];
  return {
    add(entry) {
      all.push(entry);
      if (all.length > 2 * kept) all = all.slice(-kept);
    },
    entries: (operation) => all.filter((entry) => operation === undefined || entry.operation === operation),
    clear: () => void (all = []),
  };
}
