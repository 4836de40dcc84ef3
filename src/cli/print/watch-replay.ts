import { setTimeout as delay } from 'node:timers/promises';
import { SingleBar } from 'cli-progress';
import type { AdminClient, ShownProgress } from '../client/admin-client.ts';
import { counted, printJson } from './format.ts';
import type { CliIo } from '../io.ts';
import { drawingStream } from './safe-stream.ts';
import { terminalOf } from './terminal.ts';

const lookEveryMs = 250;
const silenceMs = 30_000;

/** Shows how far a replay is until it is done. Whoever stops watching does not stop the replay. */
export async function watchReplay(
  io: CliIo,
  client: AdminClient,
  replayId: string,
  json: boolean,
): Promise<number> {
  let progress = await client.replay(replayId);
  if (progress === null) {
    io.stderr.write(`There is no replay ${replayId}.\n`);
    return 1;
  }
  const bar = json || !terminalOf(io).isTerminal ? null : startBar(io, progress);
  let moved = performance.now();
  let warned = false;
  while (progress.state === 'running') {
    await delay(lookEveryMs);
    const next = await client.replay(replayId);
    if (next === null) break;
    if (next.done !== progress.done) moved = performance.now();
    progress = next;
    bar?.update(progress.done, { failing: progress.failing });
    if (!warned && performance.now() - moved > silenceMs) {
      warned = true;
      io.stderr.write(
        '\nNothing has moved for 30 s: is a worker running? The replay goes on when one does.\n',
      );
    }
  }
  bar?.stop();
  if (json) printJson(io.stdout, progress);
  else io.stdout.write(`${ending(progress)}\n`);
  return progress.failing > 0 ? 1 : 0;
}

function startBar({ stdout }: CliIo, { customers, done, failing }: ShownProgress): SingleBar {
  const bar = new SingleBar({
    stream: drawingStream(stdout),
    format: ' {bar} {value}/{total} synced, {failing} failing, {duration_formatted}',
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
  });
  bar.start(customers, done, { failing });
  return bar;
}

function ending({ state, customers, failing }: ShownProgress): string {
  if (state === 'dryRun') return `${counted(customers, 'customer')} would be synced again.`;
  const still =
    failing === 0 ? 'none is failing' : `${failing.toLocaleString('en-US')} of them still failing`;
  return `${counted(customers, 'customer')} synced again, ${still}.`;
}
