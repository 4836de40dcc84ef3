/** Between what somebody waits for and the work that it makes, in one process. */
export interface RightOfWay {
  /** Runs what others give way to. */
  first<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Resolves at once where nothing goes first, else after what does. One is let by at a time: one after each that went
   * first, so that what is delivered without a pause is worked off all the same.
   */
  giveWay(): Promise<void>;
}

export function createRightOfWay(): RightOfWay {
  const waiting: (() => void)[] = [];
  let going = 0;
  let isLettingBy = false;
  const letOneBy = (): void => {
    waiting.shift()?.();
    if (waiting.length === 0 || going > 0 || isLettingBy) return;
    // The next in a turn to come, before which a delivery may be heard.
    isLettingBy = true;
    setImmediate(() => {
      isLettingBy = false;
      if (going === 0) letOneBy();
    });
  };
  return {
    async first(work) {
      going += 1;
      try {
        return await work();
      } finally {
        going -= 1;
        letOneBy();
      }
    },
    giveWay: () =>
      going === 0 && waiting.length === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.push(resolve);
          }),
  };
}
