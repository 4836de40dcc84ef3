/** When this browser last showed the home view; a visit lasts as long as somebody keeps looking. */
const key = 'planwire-last-visit';
/** Who comes back within this time was never away. */
const sameVisitMs = 10 * 60_000;

interface Visits {
  readonly before: number | null;
  readonly seen: number;
}

function read(): Visits | null {
  try {
    const parsed = JSON.parse(window.localStorage.getItem(key) ?? 'null') as Partial<Visits> | null;
    if (typeof parsed?.seen !== 'number') return null;
    return { before: typeof parsed.before === 'number' ? parsed.before : null, seen: parsed.seen };
  } catch {
    return null;
  }
}

/** The end of the visit before this one; null on the first. */
export function noteVisit(now: number): number | null {
  const known = read();
  const away = known !== null && now - known.seen > sameVisitMs;
  const before = known === null ? null : away ? known.seen : known.before;
  try {
    window.localStorage.setItem(key, JSON.stringify({ before, seen: now }));
  } catch {
    // A browser that keeps nothing tells nothing of the last visit.
  }
  return before;
}
