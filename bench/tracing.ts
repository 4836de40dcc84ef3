import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { drawTrace } from '../test/support/draw-trace.ts';
import { tracedRun } from '../test/support/traced-run.ts';

/**
 * What traces cost a sync that touches nothing but memory: `npm run bench:tracing`. Off is compared with a program that has
 * no traces at all where a checkout of one is given (`--absent FOLDER`: the commit before they came, with its own
 * `npm ci`). Rounds take turns, so that whatever else the machine does meets all of them alike; the median counts.
 * `--draw` draws a trace of real processes instead.
 */
const rounds = 15;

const worker = fileURLToPath(new URL('./tracing-process.ts', import.meta.url));
const root = fileURLToPath(new URL('../', import.meta.url));

if (process.argv.includes('--draw')) {
  const { trace } = await tracedRun(35);
  process.stdout.write(`${drawTrace(trace)}\n`);
} else await compare();

async function compare(): Promise<void> {
  const absent = process.argv[process.argv.indexOf('--absent') + 1];
  const kinds: readonly (readonly [name: string, args: readonly string[]])[] = [
    ...(process.argv.includes('--absent') && absent !== undefined
      ? [['absent', [absent, 'off']] as const]
      : []),
    ['off', [root, 'off']],
    ['on', [root, 'on']],
  ];
  const times = new Map(kinds.map(([name]) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    // Whoever comes second finds the caches warm: each goes first as often as the others.
    const turn = [...kinds.slice(round % kinds.length), ...kinds.slice(0, round % kinds.length)];
    for (const [name, args] of turn) times.get(name)?.push(await measure(args));
  }
  const medians = new Map([...times].map(([name, all]) => [name, median(all)]));
  const base = medians.get('absent') ?? medians.get('off') ?? Number.NaN;
  const baseName = medians.has('absent') ? 'absent' : 'off';
  for (const [name, us] of medians)
    process.stdout.write(
      `${name.padEnd(7)} ${us.toFixed(1)} µs a sync, ${(us / base).toFixed(3)} × ${baseName}\n`,
    );
}

async function measure(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), worker, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return Number(said);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
