import { setImmediate } from 'node:timers/promises';

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (cause: unknown) => void;
}

/**
 * Sends what comes while the last lot is under way as one lot, at most so many: nobody waits for company, and each has
 * the result of its own lot, which fails for all that are in it.
 */
export function sendTogether<Item, Result>(
  send: (items: readonly Item[]) => Promise<readonly Result[]>,
  most: number,
): (item: Item) => Promise<Result> {
  let waiting: Waiting<Item, Result>[] = [];
  let isUnderWay = false;

  const next = async (): Promise<void> => {
    while (waiting.length > 0) {
      // What was read from many connections in one turn goes together.
      await setImmediate();
      const lot = waiting.slice(0, most);
      waiting = waiting.slice(most);
      try {
        const results = await send(lot.map(({ item }) => item));
        for (const [index, { resolve, reject }] of lot.entries()) {
          const result = results[index];
          if (result === undefined) reject(new Error('The store said nothing of one that was sent to it.'));
          else resolve(result);
        }
      } catch (cause) {
        for (const { reject } of lot) reject(cause);
      }
    }
    isUnderWay = false;
  };

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (isUnderWay) return;
      isUnderWay = true;
      void next();
    });
}
