/** Who comes before whom: a delivery is waited for by Stripe, a probe by a machine that asks again. */
export type Precedence = 'usual' | 'behind';

interface Waiting {
  readonly run: () => void;
}

/** In a time without pauses nobody would come who is behind, and a busy store would look like one that is away. */
const passedOverAtMost = 16;

/**
 * First come, first served, those of lower precedence after the others, of whom so many at most go before them. `take`
 * resolves with what ends the turn.
 */
export class Turns {
  readonly #waiting: Record<Precedence, Waiting[]> = { usual: [], behind: [] };
  #busy = false;
  #passedOver = 0;

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
    const { usual, behind } = this.#waiting;
    if (behind.length > 0 && (usual.length === 0 || this.#passedOver >= passedOverAtMost)) {
      this.#passedOver = 0;
      return behind.shift();
    }
    if (behind.length > 0) this.#passedOver += 1;
    return usual.shift();
  }
}
