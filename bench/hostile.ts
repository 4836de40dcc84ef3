import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Stripe } from 'stripe';
import { isPostgresInstalled, startPostgres } from '../test/support/postgres-server.ts';
import {
  createProcesses,
  startSandboxProcess,
  type PlanwireProcess,
  type Processes,
} from '../test/support/processes.ts';
import { startRedis } from '../test/support/redis-server.ts';
import { makeRemoteCatalog } from '../test/support/remote-sandbox.ts';

/**
 * A server under a thousand hostile connections of each sort while a signed delivery comes each second, and under 600
 * who ask for `/readyz` and `/metrics` each second while ten deliveries do; on each store that this machine has. Prints
 * a table in Markdown with, as its floor, the p99 of a bare `node:http` that got a twin of each delivery: where that is
 * late too, the machine is what was measured. First comes what it does with nobody against it; exit 1 when a delivery is not taken, is late, or the process grows.
 * `npm run bench:hostile -- [--store redis,postgres,embedded] [--sorts nobody,compressed,slow,large,idle,askers] [--seconds 20]`
 */
const knownSorts = ['nobody', 'compressed', 'slow', 'large', 'idle', 'askers'];
const { values: given } = parseArgs({
  options: {
    store: { type: 'string' },
    sorts: { type: 'string', default: knownSorts.join(',') },
    seconds: { type: 'string', default: '20' },
  },
});
const sorts = given.sorts.split(',');
const seconds = Math.min(Math.max(Number(given.seconds), 1), 60);
/** Who asks is nobody hostile: the answers, each some kilobytes, may take room for a moment. */
const bounds = { hostile: { ms: 1_000, megabytes: 300 }, askers: { ms: 300, megabytes: 350 } };
const connections = { hostile: 1_000, askers: 600 };
/** Whatever hangs, this ends: processes are killed with their parent. */
setTimeout(() => fail('It took longer than 15 minutes.'), 15 * 60_000).unref();

if (process.platform !== 'linux') {
  console.error("The memory of another process is read from Linux's /proc: run it there.");
  process.exit(2);
}

interface Store {
  readonly name: string;
  start(): Promise<{ readonly env: Readonly<Record<string, string>>; stop(): Promise<void> }>;
}

const every: readonly Store[] = [
  { name: 'redis', start: async () => serverAt('REDIS_URL', await startRedis({ appendonly: 'everysec' })) },
  { name: 'postgres', start: async () => serverAt('DATABASE_URL', await startPostgres()) },
  { name: 'embedded', start: () => Promise.resolve({ env: {}, stop: () => Promise.resolve() }) },
];

function serverAt(setting: string, server: { readonly url: string; stop(): Promise<void> }) {
  return { env: { [setting]: server.url }, stop: () => server.stop() };
}

const chosen = given.store?.split(',') ?? every.map(({ name }) => name);
const unknown = [
  ...chosen.filter((name) => !every.some((store) => store.name === name)),
  ...sorts.filter((sort) => !knownSorts.includes(sort)),
];
if (unknown.length > 0) {
  console.error(`There is no store or sort ${unknown.join(', ')}: sorts are ${knownSorts.join(', ')}.`);
  process.exit(2);
}
const broken: string[] = [];
console.log(`Node ${process.version}, ${seconds} s each, ${connections.hostile} hostile connections`);
console.log(
  '| store | against it | deliveries | not taken | p50 ms | p99 ms | bare p99 ms | RSS before, MB | most | what they heard |',
);
console.log('|---|---|---|---|---|---|---|---|---|---|');
for (const store of every) {
  if (!chosen.includes(store.name)) continue;
  if (store.name === 'postgres' && !(await isPostgresInstalled())) {
    console.log('| postgres | not installed here | | | | | | | | |');
    continue;
  }
  await besiegeEach(store);
}
if (broken.length > 0) fail(broken.join('\n'));

/** A fresh process for each sort: what one leaves behind is not blamed on the next. */
async function besiegeEach({ name, start }: Store): Promise<void> {
  for (const sort of sorts) {
    const store = await start();
    const processes = await createProcesses(store.env);
    try {
      const sandbox = await startSandboxProcess(processes);
      await makeRemoteCatalog(sandbox);
      const customer = { id: 'cus_1', metadata: { user_id: 'user_1' }, delivery: { copies: 0 } };
      await sandbox.stripe('customers', customer);
      await sandbox.putIdentity('user_1');
      const service = await processes.start(name === 'embedded' ? 'start' : 'server');
      if (name !== 'embedded') await processes.start('worker');
      judge(name, sort, await besiege(service, processes, sort));
    } finally {
      await processes.close();
      await store.stop();
    }
  }
}

interface Siege {
  /** Of deliveries that were taken, in ms, sorted. */
  readonly times: readonly number[];
  readonly notTaken: readonly string[];
  /** Of their twins to a bare server, likewise. */
  readonly bareTimes: readonly number[];
  readonly residentBefore: number;
  readonly residentMost: number;
  readonly heard: Readonly<Record<string, number>>;
}

async function besiege(service: PlanwireProcess, processes: Processes, sort: string): Promise<Siege> {
  const senders = fileURLToPath(new URL('hostile-senders.ts', import.meta.url));
  const secret = processes.env['STRIPE_WEBHOOK_SECRET'] ?? '';
  const askers = sort === 'askers';
  // The first deliveries are slow for reasons of their own.
  for (let nth = 0; nth < 20; nth += 1) await deliver(service.url, secret, `evt_warm${nth}`);
  const residentBefore = await residentMegabytes(service.pid);
  let residentMost = residentBefore;
  const child = fork(senders, [
    sort,
    service.url,
    String(sort === 'nobody' ? 0 : askers ? connections.askers : connections.hostile),
  ]);
  const bare = await startBare();
  const times: number[] = [];
  const bareTimes: number[] = [];
  const notTaken: string[] = [];
  const under: Promise<void>[] = [];
  const everyMs = askers ? 100 : 1_000;
  const until = performance.now() + 1_000 + seconds * 1_000;
  // Once all have come.
  await delay(1_000);
  for (let nth = 0; performance.now() < until; nth += 1) {
    under.push(
      deliver(service.url, secret, `evt_${sort}${nth}`).then(({ status, ms }) => {
        if (status === '200') times.push(ms);
        else notTaken.push(status);
      }),
    );
    under.push(deliver(bare.url, secret, `evt_${sort}${nth}`).then(({ ms }) => void bareTimes.push(ms)));
    for (const next = performance.now() + everyMs; performance.now() < next; await delay(50)) {
      residentMost = Math.max(residentMost, await residentMegabytes(service.pid));
    }
  }
  await Promise.all(under);
  const told = once(child, 'message') as Promise<[Siege['heard']]>;
  child.send('enough');
  const [heard] = await told;
  bare.stop();
  const memory = { residentBefore, residentMost };
  return { times: inOrder(times), notTaken, bareTimes: inOrder(bareTimes), ...memory, heard };
}

/** A process that answers and does nothing else; it ends with its parent. */
async function startBare(): Promise<{ readonly url: string; stop(): void }> {
  const program = `process.once('disconnect', () => process.exit());
    require('node:http').createServer((req, res) => req.resume().once('end', () => res.end()))
      .listen(0, '127.0.0.1', function () { process.send(this.address().port); });`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [port] = (await once(child, 'message')) as [number];
  return { url: `http://127.0.0.1:${port}`, stop: () => child.disconnect() };
}

function inOrder(times: readonly number[]): readonly number[] {
  return times.toSorted((a, b) => a - b);
}

/** One delivery on a connection of its own, as Stripe makes it. */
function deliver(url: string, secret: string, id: string): Promise<{ status: string; ms: number }> {
  const payload = JSON.stringify({
    id,
    object: 'event',
    type: 'customer.updated',
    livemode: false,
    created: Math.floor(Date.now() / 1000),
    data: { object: { id: 'cus_1', object: 'customer', description: 'x'.repeat(4_000) } },
  });
  const headers = { 'stripe-signature': Stripe.webhooks.generateTestHeaderString({ payload, secret }) };
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const settle = (status: string): void => resolve({ status, ms: performance.now() - startedAt });
    const options = { method: 'POST', headers, agent: false, signal: AbortSignal.timeout(10_000) };
    request(`${url}/webhooks/stripe`, options, (answer) => {
      answer.resume().once('end', () => settle(String(answer.statusCode)));
    })
      .once('error', (error) => settle(error.message))
      .end(payload);
  });
}

function judge(store: string, sort: string, siege: Siege): void {
  const { times, notTaken, bareTimes, residentBefore, residentMost, heard } = siege;
  const p99 = quantile(times, 0.99);
  const answers = Object.entries(heard).map(([answer, count]) => `${answer}: ${count}`);
  const figures = [quantile(times, 0.5), p99, quantile(bareTimes, 0.99), residentBefore, residentMost];
  const counts = [times.length + notTaken.length, notTaken.length];
  console.log(
    `| ${[store, sort, ...counts, ...figures.map((each) => each.toFixed(0)), answers.join(', ')].join(' | ')} |`,
  );
  const say = (what: string): void => void broken.push(`${store}, ${sort}: ${what}`);
  if (notTaken.length > 0)
    say(`${notTaken.length} deliveries not taken (${[...new Set(notTaken)].join(', ')})`);
  const most = sort === 'askers' ? bounds.askers : bounds.hostile;
  if (!(p99 < most.ms)) say(`p99 ${p99.toFixed(0)} ms, allowed ${most.ms}`);
  if (residentMost >= most.megabytes)
    say(`${residentMost.toFixed(0)} MB resident, allowed ${most.megabytes}`);
  const happened = sort === 'askers' ? heard['/readyz 200'] : answers.length;
  if (sort !== 'nobody' && !happened) say('the siege did not happen');
}

function quantile(times: readonly number[], part: number): number {
  return times[Math.ceil(part * times.length) - 1] ?? Infinity;
}

async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024;
}

function fail(why: string): never {
  console.error(`Bounds are broken.\n${why}`);
  process.exit(1);
}
