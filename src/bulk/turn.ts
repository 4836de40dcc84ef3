import type { SharedValues } from '../domain/ports.ts';

/** Whose turn it is, over all processes, and who stands in line for it. Times are epoch milliseconds. */
interface Line {
  readonly holder: string | null;
  /** A process that died has its turn no longer than until then. */
  readonly until: number;
  readonly waiting: readonly { readonly who: string; readonly seenAt: number }[];
}

export interface Turn {
  /** Waits in line for a moment; false: it is another one's turn still. */
  take(signal: AbortSignal): Promise<boolean>;
  leave(): Promise<void>;
}

const nobody: Line = { holder: null, until: 0, waiting: [] };
/** Longer than a chunk lasts by far. */
const turnMs = 10_000;
const askEveryMs = 200;
const askTimes = 5;
/** Who has not asked for so long does not stand in line any more. */
const patienceMs = 2_000;

/** The line after somebody asked: it is their turn if nobody has it and nobody came before them. */
export function ask(line: Line, who: string, now: number): Line {
  const waiting = line.waiting.filter((one) => one.who === who || now - one.seenAt < patienceMs);
  const free = line.holder === null || line.holder === who || line.until <= now;
  const first = waiting[0]?.who ?? who;
  const others = waiting.filter((one) => one.who !== who);
  if (free && first === who) return { holder: who, until: now + turnMs, waiting: others };
  const place = waiting.findIndex((one) => one.who === who);
  const mine = { who, seenAt: now };
  return { ...line, waiting: place < 0 ? [...others, mine] : others.toSpliced(place, 0, mine) };
}

export function leave(line: Line, who: string): Line {
  return line.holder === who ? { ...line, holder: null } : line;
}

/**
 * BullMQ's own limit over all workers makes those that wait poll PostgreSQL without a pause, and says nothing of their
 * order.
 */
export function createTurn(deps: {
  readonly shared: Pick<SharedValues, 'change'>;
  /** This process. */
  readonly who: string;
  readonly now: () => number;
  readonly rest: (ms: number, signal: AbortSignal) => Promise<void>;
}): Turn {
  const change = async (transition: (line: Line) => Line): Promise<Line> => {
    const text = await deps.shared.change('bulkTurn', (held) => JSON.stringify(transition(lineOf(held))));
    return lineOf(text);
  };
  return {
    async take(signal) {
      for (let times = 0; times < askTimes && !signal.aborted; times += 1) {
        if (times > 0) await deps.rest(askEveryMs, signal);
        const line = await change((held) => ask(held, deps.who, deps.now()));
        if (line.holder === deps.who) return true;
      }
      return false;
    },
    async leave() {
      await change((held) => leave(held, deps.who));
    },
  };
}

function lineOf(text: string | null): Line {
  return text === null ? nobody : (JSON.parse(text) as Line);
}
