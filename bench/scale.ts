import { parseArgs } from 'node:util';
import { runScale } from '../test/scale/run.ts';

/**
 * Servers and workers as processes on one store, killed and restarted while signed events pour in; exit 1 unless every
 * identity is right in the end, no two writes of one overlapped, every event was taken, and each worker did some.
 * `npm run build` first, then `npm run scale -- --store redis|cluster|postgres [--events 20000] [--customers 2000] [--rate 200] [--kills 12]
 * [--servers 2] [--workers 4, on postgres 2] [--seed N]`
 */
const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'redis' },
    events: { type: 'string', default: '20000' },
    customers: { type: 'string', default: '2000' },
    rate: { type: 'string', default: '200' },
    kills: { type: 'string', default: '12' },
    servers: { type: 'string', default: '2' },
    workers: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const store = (['postgres', 'cluster'] as const).find((each) => each === values.store) ?? 'redis';
const seed = Number(values.seed);
console.log(`store ${store}, seed ${seed}`);
const result = await runScale({
  store,
  seed,
  events: Number(values.events),
  customers: Number(values.customers),
  eventsPerSecond: Number(values.rate),
  kills: Number(values.kills),
  servers: Number(values.servers),
  workers: Number(values.workers ?? (store === 'postgres' ? 2 : 4)),
  patienceMs: 180_000,
  say: (line) => console.log(line),
});
const { wrong, ...counts } = result;
console.log({ ...counts, wrong: wrong.length });
for (const each of wrong.slice(0, 20)) console.log(each);
const good =
  wrong.length === 0 &&
  result.overlapping === 0 &&
  result.notAcknowledged === 0 &&
  result.jobsLeft === 0 &&
  result.done.every((count) => count > 0);
console.log(good ? 'Everything is as it should be.' : 'Something is not as it should be.');
process.exitCode = good ? 0 : 1;
