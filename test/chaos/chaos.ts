import { parseArgs } from 'node:util';
import { runChaos } from './run-chaos.ts';

/** npm run chaos -- --store redis|postgres|embedded --minutes N [--seed S] [--customers C] */
const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'redis' },
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string' },
    customers: { type: 'string', default: '300' },
  },
});
const stores = ['redis', 'postgres', 'embedded'] as const;
const store = stores.find((each) => each === values.store);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const seconds = Number(values.minutes) * 60;
const customers = Number(values.customers);
if (![seed, seconds, customers].every(Number.isFinite) || store === undefined) {
  console.error(
    'Usage: npm run chaos -- --store redis|postgres|embedded --minutes N [--seed S] [--customers C]',
  );
  process.exit(2);
}
console.log(`chaos on the ${store} store for ${seconds} s with ${customers} customers, seed ${seed}`);
const { counts, wrong, overlapping, recoveryMs } = await runChaos({ store, seconds, seed, customers });
for (const [name, count] of Object.entries(counts)) console.log(`${name.padEnd(16)} ${count}`);
console.log(`${'recovery'.padEnd(16)} ${(recoveryMs / 1000).toFixed(1)} s`);
console.log(`${'overlapping'.padEnd(16)} ${overlapping.length}`);
for (const each of overlapping) console.log(each);
console.log(`${'wrong'.padEnd(16)} ${wrong.length}`);
for (const each of wrong.slice(0, 20)) console.log(JSON.stringify(each));
process.exitCode = wrong.length > 0 || overlapping.length > 0 ? 1 : 0;
