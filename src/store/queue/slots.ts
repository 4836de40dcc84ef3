/** Bounds what goes on at once, of work that can say before its end that it needs its slot no longer. */
export interface Slots {
  /** Resolves once a slot is free, with what releases it; a second release of the same does nothing. */
  take(): Promise<() => void>;
}

export function createSlots(count: number): Slots {
  const waiting: ((release: () => void) => void)[] = [];
  let free = count;
  const handOut = (): (() => void) => {
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next(handOut());
    };
  };
  return {
    take() {
      if (free === 0) return new Promise((resolve) => waiting.push(resolve));
      free -= 1;
      return Promise.resolve(handOut());
    },
  };
}
