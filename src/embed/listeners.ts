import { listed } from '../domain/words.ts';
import { outcomeStatuses, type Outcome } from '../domain/outcome/outcome.ts';

/** Every attempt at a customer, and those of one status alone. All are told once the outcome is stored. */
export interface PlanwireEvents {
  /** Whatever came of it. */
  readonly outcome: Outcome;
  /** The identity was changed. */
  readonly applied: Outcome;
  /** It was as it should be. */
  readonly unchanged: Outcome;
  /** There was nothing to do for this customer. */
  readonly ignored: Outcome;
  /** It did not work and is tried again at `retryAt`. */
  readonly retrying: Outcome;
  /** It needs somebody, or has failed many times; `error` says why. */
  readonly failed: Outcome;
  /** A downgrade was held back by the guard. */
  readonly held: Outcome;
}

const events: readonly string[] = ['outcome', ...outcomeStatuses];

type Listener = (outcome: Outcome) => unknown;

/** Who wants to hear of outcomes. What a listener throws, or a promise of it, is told and harms nobody. */
export function createListeners(onError: (error: unknown) => void) {
  const listeners = new Map<keyof PlanwireEvents, Set<Listener>>();
  const call = async (listener: Listener, outcome: Outcome): Promise<void> => {
    try {
      await listener(outcome);
    } catch (error) {
      onError(error);
    }
  };
  return {
    on(event: keyof PlanwireEvents, listener: Listener): () => void {
      // Nobody would ever tell of a mistyped one.
      if (!events.includes(event))
        throw new TypeError(`There is no event ${JSON.stringify(event)}: there are ${listed(events, 10)}.`);
      const of = listeners.get(event) ?? new Set();
      listeners.set(event, of.add(listener));
      return () => void of.delete(listener);
    },
    tell(outcome: Outcome): void {
      for (const event of ['outcome', outcome.status] as const)
        for (const listener of listeners.get(event) ?? []) void call(listener, outcome);
    },
  };
}
