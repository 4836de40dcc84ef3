import type { RequestTrace, Upstream, UpstreamFailure } from '../domain/failure.ts';
import type { Waits } from '../domain/waits.ts';
import { throttleMs, type Next } from '../domain/what-next.ts';
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
  readonly outcomeId: string;
}

/**
 * What the queue waits for. Of one state of an upstream there is one outcome and one log line, however many attempts
 * run into it: the first reports, the others join.
 */
export interface Waiting {
  /**
   * Notes the state. `delayMs` is how long everybody waits; `first` tells that nobody has reported this state yet: the
   * outcome of that is to have the given id.
   */
  begin(
    failure: UpstreamFailure,
    next: WaitingNext,
    now: number,
    outcomeId: string,
  ): Promise<{ readonly delayMs: number; readonly first: boolean }>;
  /** Adds the requests of a later attempt to the outcome of the first. */
  join(service: Upstream, requests: readonly RequestTrace[]): Promise<void>;
  /** These calls were answered well: a state that one of them was in is over. */
  passed(requests: readonly RequestTrace[]): Promise<void>;
  read(service: Upstream): Promise<UpstreamState | null>;
}

export type WaitingNext = Extract<Next, { class: 'throttled' | 'misconfigured' }>;

const requestsKept = 10;
const services: readonly Upstream[] = ['stripe', 'unkey'];

export function createWaiting(deps: {
  readonly shared: Pick<SharedValues, 'get' | 'set' | 'change'>;
  readonly outcomes: Pick<OutcomeStore, 'get' | 'put'>;
  readonly waits: Waits;
  /** Told once of each change of state. */
  readonly announce: (service: Upstream, state: UpstreamState | null) => void;
}): Waiting {
  const name = (service: Upstream) => `upstream:${service}`;

  async function read(service: Upstream): Promise<UpstreamState | null> {
    return parse(await deps.shared.get(name(service)));
  }

  return {
    read,
    async begin(failure, next, now, outcomeId) {
      let first = false;
      const text = await deps.shared.change(name(failure.service), (held) => {
        const before = parse(held);
        const same = before?.state === next.class && before.operation === failure.operation ? before : null;
        first = same === null;
        // Attempts that were already under way find out together; only one of them counts.
        if (held !== null && same !== null && now < same.until) return held;
        return JSON.stringify(stateAfter({ same, failure, next, now, outcomeId }, deps.waits));
      });
      const state = parse(text);
      if (state === null) return { delayMs: deps.waits.repairProbeMs, first };
      if (first) deps.announce(failure.service, state);
      return { delayMs: Math.max(state.until - now, 1), first };
    },
    async join(service, requests) {
      const outcomeId = (await read(service))?.outcomeId;
      const outcome = outcomeId === undefined ? null : await deps.outcomes.get(outcomeId);
      if (outcome === null) return;
      await deps.outcomes.put({
        ...outcome,
        requests: [...outcome.requests, ...requests].slice(-requestsKept),
      });
    },
    async passed(requests) {
      for (const service of services) {
        const answered = requests.filter((one) => one.service === service && one.status === 200);
        const state = answered.length === 0 ? null : await read(service);
        if (state === null || !answered.some(({ operation }) => operation === state.operation)) continue;
        await deps.shared.set(name(service), '');
        deps.announce(service, null);
      }
    },
  };
}

function parse(text: string | null): UpstreamState | null {
  return text === null || text === '' ? null : (JSON.parse(text) as UpstreamState);
}

function stateAfter(
  {
    same,
    failure,
    next,
    now,
    outcomeId,
  }: {
    readonly same: UpstreamState | null;
    readonly failure: UpstreamFailure;
    readonly next: WaitingNext;
    readonly now: number;
    readonly outcomeId: string;
  },
  waits: Waits,
): UpstreamState {
  const times = (same?.times ?? 0) + 1;
  const delayMs =
    next.class === 'throttled' ? throttleMs(times, next.retryAfterMs, waits) : waits.repairProbeMs;
  return {
    state: next.class,
    operation: failure.operation,
    since: same?.since ?? now,
    until: now + delayMs,
    times,
    code: failure.type ?? `http_${failure.status ?? 'unknown'}`,
    remedy: next.class === 'misconfigured' ? next.remedy : null,
    outcomeId: same?.outcomeId ?? outcomeId,
  };
}
