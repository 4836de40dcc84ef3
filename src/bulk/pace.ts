/**
 * How fast customers are synced on whose account nobody waits: bulk work, and what time asks for. They share the queue
 * with live events, so they leave room in it, and a part of the rate at which syncs may run.
 */

/** Of the rate, and of the jobs at once: a live event finds a free place, and is not the one too many of its second. */
const share = 0.75;
/** While live events use all there is, what time asks for does not stand still … */
const shareWhenBusy = 0.1;
/** … until so many jobs for each that runs wait: after an outage they would all stand before the next live event. */
const mostWaiting = 5;
/** What was not used for a while may be used at once, so much of it. */
const burstMs = 200;

export interface Limits {
  readonly concurrency: number;
  readonly ratePerSecond: number;
}

/** When the nth customer of a run is due: the sweep feeds each in its time. */
export function dueAt(startedAt: number, nth: number, { ratePerSecond }: Pick<Limits, 'ratePerSecond'>) {
  return Math.round(startedAt + (nth * 1_000) / (ratePerSecond * share));
}

/** How many jobs may be added now, as far as their number goes; one at least while the queue is merely busy. */
export function roomFor({ concurrency }: Limits, outstanding: number): number {
  const room = Math.floor(concurrency * share) - outstanding;
  return room > 0 ? room : outstanding < concurrency * mostWaiting ? 1 : 0;
}

/** What may still be fed at a moment, over all processes together. */
export interface Allowance {
  /** Epoch ms. */
  readonly at: number;
  readonly left: number;
}

/** What is allowed now, when so much was left and so many jobs are outstanding. */
export function allowed(
  before: Allowance | null,
  now: number,
  outstanding: number,
  limits: Limits,
): Allowance {
  const { concurrency, ratePerSecond } = limits;
  const busy = outstanding >= Math.floor(concurrency * share);
  const most = Math.max(1, (ratePerSecond * share * burstMs) / 1_000);
  if (before === null) return { at: now, left: most };
  // The clocks of processes differ; none may take back what another one has used.
  const passedMs = Math.max(0, now - before.at);
  const more = (passedMs * ratePerSecond * (busy ? shareWhenBusy : share)) / 1_000;
  return { at: Math.max(now, before.at), left: Math.min(most, before.left + more) };
}
