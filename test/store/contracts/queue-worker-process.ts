/**
 * A worker process to be killed: `node --import tsx queue-worker-process.ts SETTINGS MODE`. With `hang` it takes syncs
 * and never finishes one; with `add-and-hang CUSTOMER` it adds one first. Prints one line per thing that happened.
 */
import { openStore } from '../../../src/store/open.ts';
import type { StoreOptions } from '../../../src/store/store.ts';

const settings = JSON.parse(process.argv[2] ?? '{}') as Omit<StoreOptions, 'onError'>;
const customerId = process.argv[3];

const store = await openStore({ ...settings, onError: () => undefined });
while (!(await store.health()).ok) await new Promise((resolve) => setTimeout(resolve, 50));
const worker = store.work({
  queue: 'syncs',
  concurrency: 5,
  ratePerSecond: 100,
  async handle(id) {
    console.log(`took ${id}`);
    await new Promise((resolve) => setTimeout(resolve, 600_000));
    return { kind: 'done' };
  },
});
await worker.ready();
if (customerId !== undefined) await store.syncs.add(customerId);
console.log('ready');
