import { setTimeout as delay } from 'node:timers/promises';
import { SingleBar } from 'cli-progress';
import type { AdminClient, ShownRun } from '../client/admin-client.ts';
import type { CliIo } from '../io.ts';
import { counted } from './format.ts';
import { drawingStream } from './safe-stream.ts';
import { terminalOf } from './terminal.ts';

const lookEveryMs = 250;

/** Follows a run until it has ended, doing its work where nobody else would. null: there is no such run. */
export async function followRun(
  io: CliIo,
  client: AdminClient,
  runId: string,
  quiet: boolean,
): Promise<ShownRun | null> {
  let run = await client.run(runId);
  if (run === null) return null;
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  io.signal?.addEventListener('abort', stop);
  const work = { error: null as unknown };
  const driving = client.drive?.(runId, stopping.signal).catch((error: unknown) => {
    work.error = error;
    stop();
  });
  const bar = quiet || !terminalOf(io).isTerminal ? null : startBar(io);
  const pace = createPace();
  try {
    while (run.state === 'running' && !stopping.signal.aborted) {
      await delay(lookEveryMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      run = (await client.run(runId)) ?? run;
      draw(bar, run, pace(run));
    }
  } finally {
    bar?.stop();
    stop();
    await driving;
    io.signal?.removeEventListener('abort', stop);
  }
  if (work.error !== null) throw work.error;
  return (await client.run(runId)) ?? run;
}

function startBar({ stdout }: CliIo): SingleBar {
  const bar = new SingleBar({
    stream: drawingStream(stdout),
    format: ' {bar} {what}',
    barsize: 20,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    clearOnComplete: true,
  });
  bar.start(1, 0, { what: 'begins' });
  return bar;
}

function draw(bar: SingleBar | null, run: ShownRun, pace: { rate: number; leftS: number | null }): void {
  if (bar === null) return;
  const { customers = 0, done = 0, suspects = 0, identities = 0 } = run.counts;
  const reading = suspects === 0 && done === 0;
  bar.setTotal(Math.max(1, customers));
  const left = pace.leftS === null ? '' : `, ${pace.leftS} s left`;
  const what = reading
    ? `${counted(customers, 'customer')} and ${identities.toLocaleString('en-US')} identities read`
    : `${done.toLocaleString('en-US')}/${customers.toLocaleString('en-US')} told, ${pace.rate}/s${left}`;
  bar.update(reading ? 0 : Math.min(done, customers), { what });
}

/** Customers a second over the last ten, and how long the rest will take at that. */
function createPace() {
  const seen: { readonly at: number; readonly done: number }[] = [];
  return ({ counts: { customers = 0, done = 0 } }: ShownRun): { rate: number; leftS: number | null } => {
    const now = performance.now();
    seen.push({ at: now, done });
    while (seen.length > 2 && now - (seen[0]?.at ?? now) > 10_000) seen.shift();
    const [first] = seen;
    const rate =
      first === undefined || now === first.at ? 0 : ((done - first.done) * 1000) / (now - first.at);
    return { rate: Math.round(rate), leftS: rate <= 0 ? null : Math.ceil((customers - done) / rate) };
  };
}
