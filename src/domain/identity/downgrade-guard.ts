/**
 * How many customers were downgraded lately, counted per slice of time: what is kept stays small however many there
 * are. Each pair is the start of a slice in epoch ms and its count.
 */
export type DowngradeCounts = readonly (readonly [number, number])[];

/** Of large installations more may be downgraded at once than a fixed number allows. */
const share = 0.02;
const slices = 60;

/** How many customers may be downgraded within the window: the setting, or 2 % of all records where that is more. */
export function mostDowngrades(setting: number, knownCustomers: number): number {
  return Math.max(setting, Math.floor(knownCustomers * share));
}

/**
 * Counts customers, not writes: one whose last admitted downgrade lies within the window is admitted again, uncounted.
 * A slice counts until all of it is older than the window.
 */
export function admitDowngrade(
  counts: DowngradeCounts,
  downgradedAt: number | null,
  rule: { readonly now: number; readonly windowMs: number; readonly most: number },
): { readonly counts: DowngradeCounts; readonly admitted: boolean } {
  const { now, windowMs, most } = rule;
  if (isRecent(downgradedAt, now, windowMs)) return { counts, admitted: true };
  const sliceMs = Math.max(1, Math.ceil(windowMs / slices));
  const recent = counts.filter(([start]) => isRecent(start + sliceMs, now, windowMs));
  const sum = recent.reduce((total, [, count]) => total + count, 0);
  if (sum >= most) return { counts, admitted: false };
  const current = Math.floor(now / sliceMs) * sliceMs;
  const others = recent.filter(([start]) => start !== current);
  const count = recent.find(([start]) => start === current)?.[1] ?? 0;
  return { counts: [...others, [current, count + 1]], admitted: true };
}

/** A time that lies further ahead than the window is long was noted under another clock, and counts no more. */
function isRecent(at: number | null, now: number, windowMs: number): boolean {
  return at !== null && at > now - windowMs && at <= now + windowMs;
}
