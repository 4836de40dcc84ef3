import { failureCode, type RequestTrace, type Upstream, type UpstreamFailure } from './failure.ts';
import { msUntil } from '../deadline.ts';
import { askedObjects, type AskedObject } from '../work.ts';
import type { Waits } from './waits.ts';
import { throttleMs, type Next } from './what-next.ts';

/**
 * What is open by itself: an upstream, or the look-ups of one kind of object, which need a permission of their own and
 * concern only the events that lead through it.
 */
export type Circuit = Upstream | `stripe:${AskedObject}`;

export const circuitsOf: Readonly<Record<Upstream, readonly Circuit[]>> = {
  stripe: ['stripe', ...askedObjects.map((object) => `stripe:${object}` as const)],
  unkey: ['unkey'],
};

export function upstreamOf(circuit: Circuit): Upstream {
  return circuit === 'unkey' ? 'unkey' : 'stripe';
}

/** Why one waits for an upstream, shared by all processes. Times are epoch ms. */
export interface UpstreamState {
  readonly state: 'throttled' | 'misconfigured';
  /** The call that was refused. */
  readonly operation: string;
  /** Every other call would be refused as well. */
  readonly everyCall: boolean;
  readonly since: number;
  /** Nobody tries before. */
  readonly until: number;
  /** From `until` on one tries whether it was repaired, and has until then; 0: nobody tries yet. */
  readonly probeUntil: number;
  /** How often in a row the upstream said so. */
  readonly times: number;
  readonly code: string;
  /** What to repair; null for a throttle, which passes by itself. */
  readonly remedy: string | null;
  /** The outcome of the first attempt that ran into it; later ones are added to its requests. */
  readonly outcomeId: string;
}

export type WaitingNext = Extract<Next, { class: 'throttled' | 'misconfigured' }>;

/** A throttle that nobody has met for so long is over, though no call has shown it. */
const throttleForgottenMs = 60_000;
/** A probe whose process died is made by another after this long. */
const probeMs = 15_000;
/** No attempt that was under way when a state began had been so for longer. */
const longestAttemptMs = 120_000;

/** How long nobody tries. */
export function stillWaits({ state, until }: UpstreamState, now: number, waits: Waits): number {
  return msUntil(until, now, state === 'throttled' ? waits.failingRetryMs : waits.repairProbeMs);
}

/** The state after a call was refused. `first`: nobody has reported this state yet. */
export function refusedState(
  before: UpstreamState | null,
  {
    failure,
    next,
    now,
    outcomeId,
  }: {
    readonly failure: UpstreamFailure;
    readonly next: WaitingNext;
    readonly now: number;
    readonly outcomeId: string;
  },
  waits: Waits,
): { readonly state: UpstreamState; readonly first: boolean } {
  const { operation } = failure;
  const everyCall = next.class === 'throttled' || failure.status !== 403;
  const same =
    before !== null && isSame(before, next.class, { operation, everyCall }, now, waits) ? before : null;
  // Attempts that were already under way find out together; only one of them counts.
  if (same !== null && stillWaits(same, now, waits) > 0) return { state: same, first: false };
  const times = (same?.times ?? 0) + 1;
  const delayMs =
    next.class === 'throttled' ? throttleMs(times, next.retryAfterMs, waits) : waits.repairProbeMs;
  const until = now + delayMs;
  if (same !== null) return { state: { ...same, until, times, probeUntil: 0 }, first: false };
  const state: UpstreamState = {
    state: next.class,
    operation,
    everyCall,
    since: now,
    until,
    probeUntil: 0,
    times,
    code: failureCode(failure),
    remedy: next.class === 'misconfigured' ? next.remedy : null,
    outcomeId,
  };
  return { state, first: true };
}

/** A throttle in the midst of a misconfiguration changes nothing: what has to be repaired is still the news. */
function isSame(
  before: UpstreamState,
  state: UpstreamState['state'],
  refused: Pick<UpstreamState, 'operation' | 'everyCall'>,
  now: number,
  waits: Waits,
): boolean {
  if (before.state === 'throttled') {
    const longestMs = waits.failingRetryMs + throttleForgottenMs;
    return state === 'throttled' && msUntil(before.until + throttleForgottenMs, now, longestMs) > 0;
  }
  if (state === 'throttled') return true;
  return (
    before.everyCall === refused.everyCall && (before.everyCall || before.operation === refused.operation)
  );
}

/** Whether an attempt that began then shows by its calls that the state is over. */
export function isOver(
  state: UpstreamState,
  requests: readonly RequestTrace[],
  attemptStartedAt: number,
  waits: Waits,
): boolean {
  // What was already under way when the state began says nothing of it.
  const wasUnderWay =
    state.state === 'throttled'
      ? stillWaits(state, attemptStartedAt, waits)
      : msUntil(state.since, attemptStartedAt, longestAttemptMs);
  if (wasUnderWay > 0) return false;
  const calls = state.everyCall
    ? requests
    : requests.filter(({ operation }) => operation === state.operation);
  const status = calls.at(-1)?.status ?? null;
  // A missing identity is told to keys that lack the permission too.
  return status !== null && (state.everyCall ? isServed(status) : status === 200);
}

function isServed(status: number): boolean {
  return status < 500 && ![401, 403, 429].includes(status);
}

/**
 * Whether all syncs wait, or only those that need it: while Stripe refuses us, what was written can still be confirmed
 * with Unkey alone. A throttle passes soon.
 */
export function stopsQueue(circuit: Circuit, state: UpstreamState['state']): boolean {
  return upstreamOf(circuit) === 'unkey' || state === 'throttled';
}

/** Whether an attempt may begin: `go`, or how long to wait; `probe`: it is the one that tries. */
export type Admission =
  { readonly kind: 'go' } | { readonly kind: 'wait'; readonly ms: number } | { readonly kind: 'probe' };

export function admission(state: UpstreamState | null, now: number, waits: Waits): Admission {
  if (state === null) return { kind: 'go' };
  const ms = stillWaits(state, now, waits);
  if (ms > 0) return { kind: 'wait', ms };
  if (state.state === 'throttled') return { kind: 'go' };
  return msUntil(state.probeUntil, now, probeMs) > 0
    ? { kind: 'wait', ms: waits.throttleMs }
    : { kind: 'probe' };
}

export function probing(state: UpstreamState, now: number): UpstreamState {
  return { ...state, probeUntil: now + probeMs };
}
