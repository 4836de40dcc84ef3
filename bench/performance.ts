import { readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { acknowledge } from './performance/acknowledge.ts';
import { calls } from './performance/calls.ts';
import { growth } from './performance/growth.ts';
import { latency } from './performance/latency.ts';
import { memory } from './performance/memory.ts';
import { plot } from './performance/plot.ts';
import { processor } from './performance/processor.ts';
import { goalsTable, markdown, type Report } from './performance/report.ts';
import { throughput } from './performance/throughput.ts';
import { isPostgresInstalled } from '../test/support/postgres-server.ts';

/**
 * Everything that docs/performance.md says, measured now and printed as Markdown: each figure beside its floor of the
 * same run. `npm run bench` takes at most twenty minutes, `npm run bench -- --quick` two; both exit
 * with 1 when a ratio has fallen below what a release may have. `--write` keeps what was printed in docs/performance.md.
 * `--only NAMES` measures some: acknowledge, latency, throughput, calls, processor, memory, growth.
 */
const { values: given } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});
const { quick } = given;
const stores = quick
  ? (['redis'] as const)
  : (['redis', ...((await isPostgresInstalled()) ? (['postgres'] as const) : []), 'embedded'] as const);

const measures: Readonly<Record<string, () => Promise<Report>>> = {
  acknowledge: () => acknowledge(quick ? { seconds: 3, rounds: 1, quick } : { seconds: 5, rounds: 2, quick }),
  latency: () => latency({ seconds: quick ? 5 : 20, stores }),
  throughput: () => throughput({ changes: quick ? 400 : 1_000, workers: quick ? [1] : [1, 2] }),
  calls: () => calls({ changes: quick ? 50 : 200 }),
  processor: () => processor({ changes: quick ? 200 : 1_000 }),
  ...(quick ? {} : { memory: () => memory({ events: 100_000 }) }),
  growth: () => growth({ sizes: quick ? [1_000, 10_000] : [1_000, 10_000, 100_000, 1_000_000] }),
};

const chosen = given.only?.split(',') ?? Object.keys(measures);
const unknown = chosen.filter((name) => measures[name] === undefined);
if (unknown.length > 0) {
  console.error(`There is no measure ${unknown.join(', ')}: there are ${Object.keys(measures).join(', ')}.`);
  process.exit(2);
}
const reports: Report[] = [];
let printed = '';
const print = (text: string): void => {
  console.log(text);
  printed += `${text}\n`;
};
const [processor0] = cpus();
print(
  `Measured on ${new Date().toISOString().slice(0, 10)}: ${cpus().length} × ${processor0?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, ` +
    `Linux, Node ${process.version}; everything, the senders and stand-ins included, on this one machine.\n`,
);
for (const name of chosen) {
  const startedAt = performance.now();
  const report = await measures[name]?.();
  if (report === undefined) continue;
  reports.push(report);
  print(markdown(report));
  print(`Took ${Math.round((performance.now() - startedAt) / 1000)} s.\n`);
  if ('lines' in report && given.write)
    await writeFile(
      new URL('../docs/performance.svg', import.meta.url),
      plot((report as Awaited<ReturnType<typeof growth>>).lines, { x: 'customers', y: 'ms' }),
    );
}
const goals = reports.flatMap((report) => report.goals);
print(goalsTable(goals));
if (given.write) await keep(printed);
const fallen = goals.filter(({ value, atLeast }) => !(value >= atLeast));
for (const { name, value, atLeast } of fallen)
  console.error(`${name}: ${value.toFixed(2)}, must not fall below ${atLeast.toFixed(2)}.`);
process.exit(fallen.length > 0 ? 1 : 0);

/** What was measured stands between two marks; the words around it stay. */
async function keep(text: string): Promise<void> {
  const page = new URL('../docs/performance.md', import.meta.url);
  const [begin, end] = ['<!-- measured: begin -->', '<!-- measured: end -->'];
  const before = await readFile(page, 'utf8');
  const [head] = before.split(begin);
  const [, tail = ''] = before.split(end);
  await writeFile(page, `${head}${begin}\n\n${text}\n${end}${tail}`);
}
