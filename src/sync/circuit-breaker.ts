import type { RequestTrace, Upstream, UpstreamFailure } from '../domain/upstream/failure.ts';
import {
  admission,
  circuitsOf,
  isOver,
  probing,
  refusedState,
  stillWaits,
  upstreamOf,
  type Circuit,
  type UpstreamState,
  type WaitingNext,
} from '../domain/upstream/circuit.ts';
import { isDeepEqual } from '../domain/hash.ts';
import type { Waits } from '../domain/upstream/waits.ts';
import type { Outcome } from '../domain/outcome/outcome.ts';
import type { OutcomeStore, SharedValues } from '../domain/ports.ts';

/**
 * One circuit breaker per upstream, shared by all processes. Of one open circuit there is one outcome and one log line,
 * however many attempts run into it: the first to report it writes it, the others add their requests.
 */
export interface CircuitBreaker {
  /**
   * Whether an attempt that needs these may begin. One that begins under a state has to tell by `ended` what it found.
   *
   * @param known what the shared values of these circuits (stateName) said just now, where the caller has read them
   */
  admit(circuits: readonly Circuit[], now: number, known?: readonly (string | null)[]): Promise<Admitted>;
  /**
   * Opens the circuit, or keeps it open. `delayMs` is how long everybody waits; `reportId` is the outcome that tells of
   * this state: the given id where the state is new.
   */
  begin(
    circuit: Circuit,
    failure: UpstreamFailure,
    next: WaitingNext,
    now: number,
    outcomeId: string,
  ): Promise<{ readonly delayMs: number; readonly reportId: string }>;
  /**
   * Writes the outcome of an attempt under that id or, where it is there already, adds the requests of this attempt to
   * it. Who opened the circuit need not be the first, and may have died. Answers what was written; null: only added.
   */
  report(reportId: string, outcome: Outcome): Promise<Outcome | null>;
  /** An attempt that began then has ended: a state that its calls show to be over ends. */
  ended(circuits: readonly Circuit[], requests: readonly RequestTrace[], startedAt: number): Promise<void>;
  /** null while nobody has to wait for it. */
  read(circuit: Circuit): Promise<UpstreamState | null>;
  /** The first open circuit of an upstream; null while all of it works. */
  open(upstream: Upstream): Promise<UpstreamState | null>;
}

interface Admitted {
  /** How long it has to wait, ms; 0: it may begin. */
  readonly delayMs: number;
  readonly underState: boolean;
}

const requestsKept = 10;
export const upstreams: readonly Upstream[] = ['stripe', 'unkey'];

interface BreakerDeps {
  readonly shared: Pick<SharedValues, 'get' | 'getAll' | 'change'>;
  readonly outcomes: Pick<OutcomeStore, 'change'>;
  readonly waits: Waits;
  readonly now: () => number;
  /** Told once of each change of state. */
  readonly announce: (circuit: Circuit, state: UpstreamState | null) => void;
}

export function createCircuitBreaker(deps: BreakerDeps): CircuitBreaker {
  const { outcomes, waits } = deps;
  const states = createStates(deps.shared);
  const read = async (circuit: Circuit): Promise<UpstreamState | null> => {
    const state = await states.read(circuit);
    return state?.state === 'throttled' && stillWaits(state, deps.now(), waits) === 0 ? null : state;
  };
  return {
    read,
    async admit(circuits, now, known) {
      const seen = (known ?? (await deps.shared.getAll(circuits.map(stateName)))).map(parse);
      let delayMs = 0;
      for (const [index, circuit] of circuits.entries()) {
        const admitted = admission(seen[index] ?? null, now, waits);
        if (admitted.kind === 'wait') delayMs = Math.max(delayMs, admitted.ms);
        // Whoever has to wait for another cannot try this one either.
        else if (admitted.kind === 'probe' && delayMs === 0)
          delayMs = await takeProbe(states, waits, circuit, now);
      }
      return { delayMs, underState: seen.some((state) => state !== null) };
    },
    async begin(circuit, failure, next, now, outcomeId) {
      const refused = { failure, next, now, outcomeId };
      let entered = refusedState(null, refused, waits);
      await states.change(circuit, (before) => {
        entered = refusedState(before, refused, waits);
        return entered.state;
      });
      const { state, first } = entered;
      if (first) deps.announce(circuit, state);
      return { delayMs: Math.max(stillWaits(state, now, waits), 1), reportId: state.outcomeId };
    },
    async report(reportId, outcome) {
      const reported = { ...outcome, id: reportId };
      let isNew = false;
      await outcomes.change(reportId, (held) => {
        isNew = held === null;
        if (held === null) return reported;
        return { ...held, requests: [...held.requests, ...outcome.requests].slice(-requestsKept) };
      });
      return isNew ? reported : null;
    },
    async ended(circuits, requests, startedAt) {
      for (const circuit of circuits) {
        const calls = requests.filter((one) => one.service === upstreamOf(circuit));
        if (await endState(states, waits, circuit, calls, startedAt)) deps.announce(circuit, null);
      }
    },
    async open(upstream) {
      const found = await Promise.all(circuitsOf[upstream].map(read));
      return found.find((state) => state !== null) ?? null;
    },
  };
}

interface States {
  read(circuit: Circuit): Promise<UpstreamState | null>;
  change(
    circuit: Circuit,
    transition: (state: UpstreamState | null) => UpstreamState | null,
  ): Promise<UpstreamState | null>;
}

/** The shared value that tells of a circuit. */
export function stateName(circuit: Circuit): string {
  return `upstream:${circuit}`;
}

/** An empty text stands for no state. */
function createStates(shared: Pick<SharedValues, 'get' | 'change'>): States {
  return {
    read: async (circuit) => parse(await shared.get(stateName(circuit))),
    async change(circuit, transition) {
      const after = await shared.change(stateName(circuit), (text) => {
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
async function takeProbe(states: States, waits: Waits, circuit: Circuit, now: number): Promise<number> {
  let waitMs = 0;
  await states.change(circuit, (state) => {
    const admitted = admission(state, now, waits);
    waitMs = admitted.kind === 'wait' ? admitted.ms : 0;
    return state !== null && admitted.kind === 'probe' ? probing(state, now) : state;
  });
  return waitMs;
}

/** Whether it is this attempt that ended the state. */
async function endState(
  states: States,
  waits: Waits,
  circuit: Circuit,
  calls: readonly RequestTrace[],
  startedAt: number,
): Promise<boolean> {
  const seen = await states.read(circuit);
  if (seen === null) return false;
  const over = isOver(seen, calls, startedAt, waits);
  // One that did not come to the call in question leaves the trying to the next one, at once.
  if (!over && seen.probeUntil === 0) return false;
  let ended = false;
  await states.change(circuit, (state) => {
    ended = over && isDeepEqual(state, seen);
    if (!isDeepEqual(state, seen)) return state;
    return over ? null : { ...seen, probeUntil: 0 };
  });
  return ended;
}

function parse(text: string | null): UpstreamState | null {
  return text === null || text === '' ? null : (JSON.parse(text) as UpstreamState);
}
