import type { RequestTrace, Upstream, UpstreamFailure } from '../domain/upstream/failure.ts';
import {
  admission,
  isOver,
  probing,
  refusedState,
  type UpstreamState,
  type WaitingNext,
} from '../domain/upstream/circuit.ts';
import { isDeepEqual } from '../domain/hash.ts';
import type { Waits } from '../domain/upstream/waits.ts';
import type { OutcomeStore, SharedValues } from '../domain/ports.ts';

/**
 * What the queue waits for. Of one state of an upstream there is one outcome and one log line, however many attempts
 * run into it: the first reports, the others join.
 */
export interface Waiting {
  /**
   * How long an attempt that needs these services has to wait, ms; 0: it may begin. One that begins under a state has
   * to tell by `ended` what it found.
   */
  admit(
    services: readonly Upstream[],
    now: number,
  ): Promise<{ readonly delayMs: number; readonly underState: boolean }>;
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
  /** An attempt that began then has ended: a state that its calls show to be over ends. */
  ended(services: readonly Upstream[], requests: readonly RequestTrace[], startedAt: number): Promise<void>;
  /** null while nobody has to wait for the service. */
  read(service: Upstream): Promise<UpstreamState | null>;
}

const requestsKept = 10;
export const upstreams: readonly Upstream[] = ['stripe', 'unkey'];

interface WaitingDeps {
  readonly shared: Pick<SharedValues, 'get' | 'change'>;
  readonly outcomes: Pick<OutcomeStore, 'get' | 'put'>;
  readonly waits: Waits;
  readonly now: () => number;
  /** Told once of each change of state. */
  readonly announce: (service: Upstream, state: UpstreamState | null) => void;
}

export function createCircuitBreaker(deps: WaitingDeps): Waiting {
  const { outcomes, waits } = deps;
  const states = createStates(deps.shared);
  return {
    async admit(services, now) {
      const seen = await Promise.all(services.map(states.read));
      let delayMs = 0;
      for (const [index, service] of services.entries()) {
        const admitted = admission(seen[index] ?? null, now, waits);
        if (admitted.kind === 'wait') delayMs = Math.max(delayMs, admitted.ms);
        // Whoever has to wait for another service cannot try this one either.
        else if (admitted.kind === 'probe' && delayMs === 0)
          delayMs = await takeProbe(states, waits, service, now);
      }
      return { delayMs, underState: seen.some((state) => state !== null) };
    },
    async begin(failure, next, now, outcomeId) {
      const refused = { failure, next, now, outcomeId };
      let entered = refusedState(null, refused, waits);
      await states.change(failure.service, (before) => {
        entered = refusedState(before, refused, waits);
        return entered.state;
      });
      const { state, first } = entered;
      if (first) deps.announce(failure.service, state);
      return { delayMs: Math.max(state.until - now, 1), first };
    },
    async join(service, requests) {
      const outcomeId = (await states.read(service))?.outcomeId;
      const outcome = outcomeId === undefined ? null : await outcomes.get(outcomeId);
      if (outcome === null) return;
      const all = [...outcome.requests, ...requests];
      await outcomes.put({ ...outcome, requests: all.slice(-requestsKept) });
    },
    async ended(services, requests, startedAt) {
      for (const service of services) {
        const calls = requests.filter((one) => one.service === service);
        if (await endState(states, service, calls, startedAt)) deps.announce(service, null);
      }
    },
    async read(service) {
      const state = await states.read(service);
      return state?.state === 'throttled' && state.until <= deps.now() ? null : state;
    },
  };
}

interface States {
  read(service: Upstream): Promise<UpstreamState | null>;
  change(
    service: Upstream,
    transition: (state: UpstreamState | null) => UpstreamState | null,
  ): Promise<UpstreamState | null>;
}

/** An empty text stands for no state. */
function createStates(shared: Pick<SharedValues, 'get' | 'change'>): States {
  const name = (service: Upstream) => `upstream:${service}`;
  return {
    read: async (service) => parse(await shared.get(name(service))),
    async change(service, transition) {
      const after = await shared.change(name(service), (text) => {
        const before = parse(text);
        const state = transition(before);
        if (state === before && text !== null) return text;
        return state === null ? '' : JSON.stringify(state);
      });
      return parse(after);
    },
  };
}

/** Of those that wait for a repair one at a time tries. Answers how long this one waits. */
async function takeProbe(states: States, waits: Waits, service: Upstream, now: number): Promise<number> {
  let waitMs = 0;
  await states.change(service, (state) => {
    const admitted = admission(state, now, waits);
    waitMs = admitted.kind === 'wait' ? admitted.ms : 0;
    return state !== null && admitted.kind === 'probe' ? probing(state, now) : state;
  });
  return waitMs;
}

/** Whether it is this attempt that ended the state. */
async function endState(
  states: States,
  service: Upstream,
  calls: readonly RequestTrace[],
  startedAt: number,
): Promise<boolean> {
  const seen = await states.read(service);
  if (seen === null) return false;
  const over = isOver(seen, calls, startedAt);
  // One that did not come to the call in question leaves the trying to the next one, at once.
  if (!over && seen.probeUntil === 0) return false;
  let ended = false;
  await states.change(service, (state) => {
    ended = over && isDeepEqual(state, seen);
    if (!isDeepEqual(state, seen)) return state;
    return over ? null : { ...seen, probeUntil: 0 };
  });
  return ended;
}

function parse(text: string | null): UpstreamState | null {
  return text === null || text === '' ? null : (JSON.parse(text) as UpstreamState);
}
