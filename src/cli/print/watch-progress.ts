import { SingleBar } from 'cli-progress';
import { waits, type CliIo } from '../io.ts';
import { drawingStream } from './safe-stream.ts';
import { terminalOf } from './terminal.ts';

const lookEveryMs = 250;
const silenceMs = 30_000;

export interface Progress {
  readonly ended: boolean;
  readonly done: number;
  readonly customers: number;
  readonly failing: number;
  /** What is said beside the bar; usually how many are done and failing. */
  readonly what?: string;
  /** Grows while anything moves; usually what is done. */
  readonly moves?: number;
}

/**
 * Shows how far something is until it has ended, and answers what it was at last. Whoever stops watching does not stop
 * it. `look` answers null when it is gone.
 */
export async function watchProgress<Seen>(
  io: CliIo,
  first: Seen,
  options: {
    readonly json: boolean;
    readonly look: () => Promise<Seen | null>;
    readonly progressOf: (seen: Seen) => Progress;
  },
): Promise<Seen> {
  const { look, progressOf } = options;
  let seen = first;
  let progress = progressOf(first);
  const bar = options.json || !terminalOf(io).isTerminal ? null : startBar(io, progress);
  let moved = performance.now();
  let warned = false;
  while (!progress.ended && (await waits(io, lookEveryMs))) {
    const next = await look();
    if (next === null) break;
    const after = progressOf(next);
    if (movesIn(after) !== movesIn(progress)) moved = performance.now();
    seen = next;
    progress = after;
    bar?.setTotal(totalOf(progress));
    bar?.update(progress.done, { what: whatOf(progress) });
    if (!warned && performance.now() - moved > silenceMs) {
      warned = true;
      io.stderr.write('\nNothing has moved for 30 s: is a worker running? It goes on when one does.\n');
    }
  }
  bar?.stop();
  return seen;
}

function movesIn({ done, moves = done }: Progress): number {
  return moves;
}

/** Of nothing yet a bar would be full. */
function totalOf({ customers }: Progress): number {
  return Math.max(1, customers);
}

function whatOf({ customers, done, failing, what }: Progress): string {
  return what ?? `${done}/${customers} done, ${failing} failing`;
}

function startBar({ stdout }: CliIo, progress: Progress): SingleBar {
  const bar = new SingleBar({
    stream: drawingStream(stdout),
    format: ' {bar} {what}, {duration_formatted}',
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
  });
  bar.start(totalOf(progress), progress.done, { what: whatOf(progress) });
  return bar;
}
