/**
 * Bytes of bodies that are in flight, over all connections: many large or slow senders together take no more memory
 * than this.
 *
 * When it is full, whoever holds most gives way to whoever holds less. Refusing the newcomer instead would let those who
 * top it up slowly turn every honest delivery away, which is a few kilobytes and there within a moment.
 */
export interface BodyBudget {
  /** `giveWay` is called, once at most, when the bytes of this body are needed for smaller ones; they are then free. */
  open(giveWay: () => void): BodyShare;
}

interface BodyShare {
  /** false: there is no room for so many more bytes, and nobody who holds more than this body would. */
  take(bytes: number): boolean;
  /** Gives everything back; harmless when done twice. */
  close(): void;
}

interface Holder {
  held: number;
  readonly giveWay: () => void;
}

export function createBodyBudget(mostBytes: number): BodyBudget {
  const holders = new Set<Holder>();
  let taken = 0;
  const leave = (holder: Holder): void => {
    if (holders.delete(holder)) taken -= holder.held;
  };
  const makeRoom = (bytes: number, asking: Holder): boolean => {
    const fits = (): boolean => taken + bytes <= mostBytes;
    while (!fits()) {
      const largest = largestOf(holders);
      if (largest === null || largest === asking || largest.held <= asking.held + bytes) return false;
      leave(largest);
      largest.giveWay();
    }
    return true;
  };
  return {
    open(giveWay) {
      const holder: Holder = { held: 0, giveWay };
      holders.add(holder);
      return {
        take(bytes) {
          if (!holders.has(holder) || !makeRoom(bytes, holder)) return false;
          holder.held += bytes;
          taken += bytes;
          return true;
        },
        close: () => leave(holder),
      };
    },
  };
}

function largestOf(holders: Iterable<Holder>): Holder | null {
  let largest: Holder | null = null;
  for (const holder of holders) if (largest === null || holder.held > largest.held) largest = holder;
  return largest;
}
