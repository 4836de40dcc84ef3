/** What a replica of the primary shows: what that had `lag` milliseconds ago, and nothing that came after it froze. */
export type Replica = ReturnType<typeof createReplica>;

export interface Version<T> {
  readonly row: T;
  readonly at: number;
  readonly seq: number;
}

export function createReplica(now: () => number) {
  let seq = 0;
  let lagMs = 0;
  let frozenAt = Number.POSITIVE_INFINITY;
  return {
    /** Of a row as it is committed now. */
    version<T>(row: T): Version<T> {
      seq += 1;
      return { row, at: now(), seq };
    },
    visible<T>(history: readonly Version<T>[] | undefined): T | undefined {
      if (lagMs === 0 && frozenAt === Number.POSITIVE_INFINITY) return history?.at(-1)?.row;
      const until = now() - lagMs;
      return history?.findLast((version) => version.at <= until && version.seq <= frozenAt)?.row;
    },
    setLag: (ms: number) => void (lagMs = ms),
    /** A frozen replica shows nothing that is committed from now on, until it thaws. */
    freeze: (frozen: boolean) => void (frozenAt = frozen ? seq : Number.POSITIVE_INFINITY),
  };
}

/** A row as if it had always been so: the replica shows it at once, frozen or not. */
export function always<T>(row: T): Version<T> {
  return { row, at: Number.NEGATIVE_INFINITY, seq: 0 };
}
