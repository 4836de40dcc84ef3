/** What was read from the stand-in, for tests such as "the worker read exactly this customer". */

export interface LoggedRead {
  /** Such as `subscriptions.list`, `customers.retrieve`. */
  readonly operation: string;
  /** The id, or the customer, subscription or ids a list was narrowed to; '' without any. */
  readonly subject: string;
  /** The connected account that was read; null: the own one. */
  readonly account: string | null;
  /** Path and parameters as they came. */
  readonly path: string;
  /** Epoch milliseconds of the arrival. */
  readonly at: number;
  readonly ms: number;
  /** null: the connection was cut. */
  readonly status: number | null;
  readonly requestId: string;
}

export interface ReadLog {
  add(entry: LoggedRead): void;
  entries(operation?: string): readonly LoggedRead[];
  clear(): void;
}

/** Enough for any test; a stand-in that runs for days must not grow. */
const kept = 50_000;

export function createReadLog(): ReadLog {
  let all: LoggedRead[] = [];
  return {
    add(entry) {
      all.push(entry);
      if (all.length > 2 * kept) all = all.slice(-kept);
    },
    entries: (operation) => all.filter((entry) => operation === undefined || entry.operation === operation),
    clear: () => void (all = []),
  };
}
