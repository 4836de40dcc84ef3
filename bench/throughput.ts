import { waitFor } from '../test/support/pipeline.ts';
import { startPostgres } from '../test/support/postgres-server.ts';
import { createProcesses, startSandboxProcess } from '../test/support/processes.ts';
import { startRedis } from '../test/support/redis-server.ts';
import { makeRemoteCatalog } from '../test/support/remote-sandbox.ts';

/**
 * Changes per second with 1, 2 and 4 worker processes, against stand-ins that take 50 ms for every call: first with few
 * syncs at once and a rate that four workers reach, then with the usual concurrency and no rate to speak of.
 * `npm run build` first, then `npx tsx bench/throughput.ts [redis|postgres] [CHANGES]`; prints a table in Markdown.
 */
const store = process.argv[2] === 'postgres' ? 'postgres' : 'redis';
const changes = Math.min(Number(process.argv[3] ?? 400), 2000);
const latencyMs = 50;
/** Read the customer, read the identity, write it. */
const callsInTurn = 3;

console.log(`store ${store}, ${changes} changes each, ${latencyMs} ms a call, Node ${process.version}`);
console.log(
  '| `SYNC_CONCURRENCY` | `SYNC_RATE_PER_SECOND` | workers | could be | changes/s | each worker did |',
);
console.log('|---|---|---|---|---|---|');
for (const { concurrency, rate } of [
  { concurrency: 2, rate: 40 },
  { concurrency: 20, rate: 10_000 },
]) {
  for (const workers of [1, 2, 4]) {
    const { perSecond, done } = await measure(workers, concurrency, rate);
    const could = Math.min(rate, (workers * concurrency * 1000) / (callsInTurn * latencyMs));
    const shown = [concurrency, rate, workers, Math.round(could), perSecond.toFixed(0), done.join(', ')];
    console.log(`| ${shown.join(' | ')} |`);
  }
}

async function measure(workers: number, concurrency: number, rate: number) {
  const server = store === 'redis' ? await startRedis() : await startPostgres();
  const processes = await createProcesses(
    {
      [store === 'redis' ? 'REDIS_URL' : 'DATABASE_URL']: server.url,
      SYNC_CONCURRENCY: String(concurrency),
      SYNC_RATE_PER_SECOND: String(rate),
      // Confirmations would begin while the last changes are still being made.
      CONFIRM_AFTER_SECONDS: '0',
    },
    { built: true },
  );
  try {
    const sandbox = await startSandboxProcess(processes);
    await makeRemoteCatalog(sandbox);
    const numbers = [...Array(changes).keys()];
    const silent = { copies: 0 };
    await sandbox.stripe(
      'customers',
      numbers.map((n) => ({ id: `cus_${n}`, metadata: { user_id: `user_${n}` }, delivery: silent })),
    );
    for (const n of numbers) await sandbox.putIdentity(`user_${n}`);
    const { url } = await processes.start('server');
    const started = await Promise.all(Array.from({ length: workers }, () => processes.start('worker')));
    await sandbox.configureStripe({ webhookUrl: `${url}/webhooks/stripe`, readLatencyMs: latencyMs });
    await sandbox.configureUnkey({ latencyMs });
    const items = [{ price: 'price_team', quantity: 2 }];
    await sandbox.stripe(
      'subscriptions',
      numbers.map((n) => ({ id: `sub_${n}`, customer: `cus_${n}`, status: 'active', items })),
    );
    const updates = async () =>
      (await sandbox.unkeyRequests()).filter(({ operation }) => operation === 'identities.updateIdentity');
    await waitFor(async () => (await updates()).length >= changes, 120_000, 'all changes to be made');
    const doneBy = () =>
      started.map((each) => each.log().filter((line) => line['status'] === 'applied').length);
    await waitFor(() => doneBy().reduce((sum, count) => sum + count, 0) >= changes, 10_000, 'every outcome');
    const times = (await updates()).map(({ at }) => at);
    // From the middle: starting and running dry are not what is measured.
    const sorted = times.toSorted((a, b) => a - b);
    const [from, to] = [Math.floor(changes * 0.1), Math.floor(changes * 0.9)];
    const perSecond = ((to - from) * 1000) / ((sorted[to] ?? 0) - (sorted[from] ?? 0));
    return { perSecond, done: doneBy() };
  } finally {
    await processes.close();
    await server.stop();
  }
}
