/**
 * Times that come from a store were written under the clock of another process, or under ours before it was set back.
 * What lies farther ahead than the longest wait of its kind was never meant: waiting for it would hold somebody up for
 * as long as that clock is wrong. This is the one place where such times are compared with the time now.
 */

/** By so much clocks may differ that are both right. */
const clocksDifferMs = 5_000;

/** Whether a deadline that was set at most `longestMs` ahead can have been set by a clock that is right. */
export function isBelievable(deadline: number, now: number, longestMs: number): boolean {
  return deadline - now <= longestMs + clocksDifferMs;
}

/** How long until a deadline that was set at most `longestMs` ahead; 0: it is over, or cannot be believed. */
export function msUntil(deadline: number, now: number, longestMs: number): number {
  return isBelievable(deadline, now, longestMs) ? Math.max(0, Math.min(deadline - now, longestMs)) : 0;
}

/** Whether so much time has passed since then. */
export function hasPassed(since: number, waitMs: number, now: number): boolean {
  return msUntil(since + waitMs, now, waitMs) === 0;
}
