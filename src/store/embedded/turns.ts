import type { Precedence } from '../with-timeout.ts';

interface Waiting {
  readonly run: () => void;
}

const order: readonly Precedence[] = ['first', 'usual', 'behind'];

/**
 * In a time without pauses nobody would come who is behind others: then a busy store would look like one that is away,
 * and what is delivered would never be worked off. So many at most go before whoever waits longest.
 */
const passedOverAtMost: Readonly<Record<Precedence, number>> = { first: 0, usual: 4, behind: 16 };

/** First come, first served among equals, those of higher precedence before the others. `take` resolves with what ends the turn. */
export class Turns {
  readonly #waiting: Record<Precedence, Waiting[]> = { first: [], usual: [], behind: [] };
  readonly #passedOver: Record<Precedence, number> = { first: 0, usual: 0, behind: 0 };
  #busy = false;

  take(precedence: Precedence = 'usual'): Promise<() => void> {
    return new Promise((resolve) => {
      const run = (): void => resolve(this.#once());
      if (this.#busy) this.#waiting[precedence].push({ run });
      else {
        this.#busy = true;
        run();
      }
    });
  }

  #once(): () => void {
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      const next = this.#next();
      if (next === undefined) this.#busy = false;
      else next.run();
    };
  }

  #next(): Waiting | undefined {
    const waiting = order.filter((precedence) => this.#waiting[precedence].length > 0);
    const chosen =
      waiting.findLast((precedence) => this.#passedOver[precedence] >= passedOverAtMost[precedence]) ??
      waiting[0];
    if (chosen === undefined) return undefined;
    for (const precedence of waiting) {
      const isBehind = order.indexOf(precedence) > order.indexOf(chosen);
      if (precedence === chosen) this.#passedOver[precedence] = 0;
      else if (isBehind) this.#passedOver[precedence] += 1;
    }
    return this.#waiting[chosen].shift();
  }
}
