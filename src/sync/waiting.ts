import type { RequestTrace, Upstream, UpstreamFailure } from '../domain/failure.ts';
import { repairProbeMs, throttleMs, type Next } from '../domain/what-next.ts';
import type { OutcomeStore, SharedValues } from './ports.ts';

/** Why the queue waits for an upstream, shared by all processes. Times are epoch ms. */
export interface UpstreamState {
  readonly state: 'throttled' | 'misconfigured';
  /** The call that was refused. */
  readonly operation: string;
  readonly since: number;
  /** Nobody tries before. */
  readonly until: number;
  /** How often in a row the upstream said so. */
  readonly times: number;
  readonly code: string;
  /** What to repair; null for a throttle, which passes by itself. */
  readonly remedy: string | null;
  /** The outcome of the first attempt that ran into it; later ones are added to its requests. */
  readonly outcomeId: string | null;
}

/**
 * What the queue waits for. Of one state of an upstream there is one outcome and one log line, however many attempts
 * run into it: the first reports, the others join.
 */
export interface Waiting {
  /** Notes the state and returns how long everybody waits, in ms. */
  begin(failure: UpstreamFailure, next: WaitingNext, now: number): Promise<number>;
  /** Whether an earlier attempt has reported this state; then these requests are added there. */
  join(service: Upstream, requests: readonly RequestTrace[]): Promise<boolean>;
  reported(service: Upstream, outcomeId: string): Promise<void>;
  /** These calls were answered well: a state that one of them was in is over. */
  passed(requests: readonly RequestTrace[]): Promise<void>;
  read(service: Upstream): Promise<UpstreamState | null>;
}

export type WaitingNext = Extract<Next, { class: 'throttled' | 'misconfigured' }>;

const requestsKept = 10;
const services: readonly Upstream[] = ['stripe', 'unkey'];

export function createWaiting(deps: {
  readonly shared: Pick<SharedValues, 'get' | 'set'>;
  readonly outcomes: Pick<OutcomeStore, 'get' | 'put'>;
  /** Told once of each change of state. */
  readonly announce: (service: Upstream, state: UpstreamState | null) => void;
}): Waiting {
  const name = (service: Upstream) => `upstream:${service}`;

  async function read(service: Upstream): Promise<UpstreamState | null> {
    const text = await deps.shared.get(name(service));
    return text === null || text === '' ? null : (JSON.parse(text) as UpstreamState);
  }

  async function write(service: Upstream, state: UpstreamState | null): Promise<void> {
    await deps.shared.set(name(service), state === null ? '' : JSON.stringify(state));
  }

  return {
    read,
    async begin(failure, next, now) {
      const before = await read(failure.service);
      const same = before?.state === next.class && before.operation === failure.operation ? before : null;
      // Attempts that were already under way find out together; only one of them counts.
      if (same !== null && now < same.until) return same.until - now;
      const after = stateAfter(same, failure, next, now);
      await write(failure.service, after);
      if (same === null) deps.announce(failure.service, after);
      return after.until - now;
    },
    async join(service, requests) {
      const outcomeId = (await read(service))?.outcomeId ?? null;
      const outcome = outcomeId === null ? null : await deps.outcomes.get(outcomeId);
      if (outcome === null) return false;
      await deps.outcomes.put({
        ...outcome,
        requests: [...outcome.requests, ...requests].slice(-requestsKept),
      });
      return true;
    },
    async reported(service, outcomeId) {
      const state = await read(service);
      if (state !== null) await write(service, { ...state, outcomeId });
    },
    async passed(requests) {
      for (const service of services) {
        const answered = requests.filter((one) => one.service === service && one.status === 200);
        if (answered.length === 0) continue;
        const state = await read(service);
        if (state === null || !answered.some(({ operation }) => operation === state.operation)) continue;
        await write(service, null);
        deps.announce(service, null);
      }
    },
  };
}

function stateAfter(
  same: UpstreamState | null,
  failure: UpstreamFailure,
  next: WaitingNext,
  now: number,
): UpstreamState {
  const times = (same?.times ?? 0) + 1;
  const delayMs = next.class === 'throttled' ? throttleMs(times, next.retryAfterMs) : repairProbeMs;
  return {
    state: next.class,
    operation: failure.operation,
    since: same?.since ?? now,
    until: now + delayMs,
    times,
    code: failure.type ?? `http_${failure.status ?? 'unknown'}`,
    remedy: next.class === 'misconfigured' ? next.remedy : null,
    outcomeId: same?.outcomeId ?? null,
  };
}
