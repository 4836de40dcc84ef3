/**
 * What one process saw of the beats of the others, by its own clock alone: so a clock that is wrong holds nobody up.
 * Times are those of a clock that only goes forward, ms.
 */
export interface Watch {
  readonly lookedAt: number;
  readonly leaseMs: number;
  /** By process id: the beat, and since when it is that one. */
  readonly seen: Readonly<Record<string, { readonly beat: number; readonly since: number }>>;
}

export function newWatch(leaseMs: number, now: number): Watch {
  return { lookedAt: now, leaseMs, seen: {} };
}

/**
 * The watch after another look. Only time in which this process looked counts: who stood still, or could not reach the
 * store, has heard of nobody, which says nothing of the others.
 */
export function look(
  { lookedAt, leaseMs, seen }: Watch,
  holders: Readonly<Record<string, { readonly beat: number }>>,
  now: number,
): Watch {
  const wasAway = now - lookedAt > leaseMs / 2;
  const next = Object.entries(holders).map(([id, { beat }]) => {
    const before = wasAway ? undefined : seen[id];
    return [id, before?.beat === beat ? before : { beat, since: now }] as const;
  });
  return { lookedAt: now, leaseMs, seen: Object.fromEntries(next) };
}

/** Who has not moved for the length of the lease. */
export function silentIn({ lookedAt, leaseMs, seen }: Watch): ReadonlySet<string> {
  const silent = Object.entries(seen).filter(([, { since }]) => lookedAt - since >= leaseMs);
  return new Set(silent.map(([id]) => id));
}
