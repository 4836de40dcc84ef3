/** Counts what is under way or waits for its time, so that others can wait for all of it, or call it off. */
export interface Pending {
  begin(): void;
  end(): void;
  /** Does nothing once closed. */
  later(ms: number, work: () => void): void;
  settled(): Promise<void>;
  close(): void;
}

export function createPending(): Pending {
  const timers = new Set<NodeJS.Timeout>();
  const waiting: (() => void)[] = [];
  let open = 0;
  let closed = false;
  const settle = (): void => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  return {
    begin: () => void (open += 1),
    end() {
      open -= 1;
      if (open <= 0) settle();
    },
    later(ms, work) {
      if (closed) return;
      const timer = setTimeout(() => {
        timers.delete(timer);
        work();
      }, ms);
      timers.add(timer);
    },
    settled: () =>
      open <= 0 || closed ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve)),
    close() {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      settle();
    },
  };
}
