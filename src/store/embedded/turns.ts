/** Who comes before whom: a delivery is waited for by Stripe, a probe by a machine that asks again. */
export type Precedence = 'usual' | 'behind';

interface Waiting {
  readonly run: () => void;
}

/** First come, first served, those of lower precedence after all others. `take` resolves with what ends the turn. */
export class Turns {
  readonly #waiting: Record<Precedence, Waiting[]> = { usual: [], behind: [] };
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
      const next = this.#waiting.usual.shift() ?? this.#waiting.behind.shift();
      if (next === undefined) this.#busy = false;
      else next.run();
    };
  }
}
