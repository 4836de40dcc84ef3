import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createProcesses, startSandboxProcess } from '../test/support/processes.ts';
import { startRedis } from '../test/support/redis-server.ts';
import { set, subscribeAll, writes, written } from './performance/changes.ts';
import { deliverMany, processorMs, startPeer, startPlanwire } from './performance/child.ts';
import { attribute, type CpuProfile } from './performance/attribute.ts';

/**
 * Where the processor time of a delivery (server) or of a change (worker) goes, on Redis, by whose code it is:
 * `npm run bench:profile -- [server|worker|floor] [--functions]`. The profile of the main thread says the parts, the system
 * how much they are parts of. Native code counts for who called it, and so does JSON; `--functions` names the dearest.
 */
const what = process.argv[2] ?? 'server';
const folder = await mkdtemp(join(tmpdir(), 'planwire-profile-'));
/** Node 20 takes no `--cpu-prof` from the environment, and it is not for whoever starts Planwire to know of profiles. */
const preload = `
  import { writeFileSync } from 'node:fs';
  import { Session } from 'node:inspector';
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.setSamplingInterval', { interval: 250 });
  session.post('Profiler.start');
  process.on('exit', () => session.post('Profiler.stop', (_, { profile }) =>
    writeFileSync(${JSON.stringify(folder)} + '/' + process.pid, JSON.stringify(profile))));`;
const profiled = {
  NODE_OPTIONS: `--import data:text/javascript;base64,${Buffer.from(preload).toString('base64')}`,
};
try {
  await (what === 'worker' ? ofWorker() : ofServer());
} finally {
  await rm(folder, { recursive: true });
}

/** Processor time is taken between the two, and samples are counted. */
interface Span {
  readonly pid: number;
  readonly from: bigint;
  readonly to: bigint;
  readonly processorMs: number;
  readonly count: number;
}

async function span(pid: number, work: () => Promise<number>): Promise<Span> {
  const [from, before] = [process.hrtime.bigint(), await processorMs(pid)];
  const count = await work();
  const [to, after] = [process.hrtime.bigint(), await processorMs(pid)];
  return { pid, from, to, processorMs: after - before, count };
}

async function ofServer(): Promise<void> {
  const store = await startRedis();
  const secret = 'whsec_bench';
  const processes = await createProcesses({ STRIPE_WEBHOOK_SECRET: secret, REDIS_URL: store.url });
  try {
    await startSandboxProcess(processes);
    const { url, pid, stop } = await startSubject(processes.env);
    const load = { url: `${url}/webhooks/stripe`, secret, connections: 32, customers: 20, perSecond: 0 };
    await deliverMany({ ...load, prefix: 'warm', seconds: 2 });
    const measured = await span(
      pid,
      async () => (await deliverMany({ ...load, prefix: 'full', seconds: 5 })).acknowledged,
    );
    await stop();
    await tell(measured);
  } finally {
    await processes.close();
    await store.stop();
  }
}

async function startSubject(env: Readonly<Record<string, string>>) {
  if (what !== 'floor') return startPlanwire('server', { ...env, ...profiled });
  Object.assign(process.env, profiled);
  return startPeer('floor', env['REDIS_URL'] ?? '', env['STRIPE_WEBHOOK_SECRET'] ?? '');
}

async function ofWorker(): Promise<void> {
  const changes = 1_000;
  const setting = await set({ store: 'redis', workers: 1, customers: changes, env: profiled });
  try {
    const { sandbox, workers } = setting;
    const [worker] = workers;
    if (worker === undefined) return;
    await subscribeAll(setting, changes);
    await sandbox.delivered();
    const measured = await span(worker.pid, async () => {
      const before = (await writes(sandbox)).length;
      for (let n = 0; n < changes; n++) await sandbox.stripe(`subscriptions/sub_${n}`, { quantity: 9 });
      await written(sandbox, before + changes);
      return changes;
    });
    await worker.end();
    await tell(measured);
  } finally {
    await setting.stop();
  }
}

async function tell({ pid, from, to, processorMs: taken, count }: Span): Promise<void> {
  const profile = JSON.parse(await readFile(join(folder, String(pid)), 'utf8')) as CpuProfile;
  const { groups, functions } = attribute(profile, Number(from / 1000n), Number(to / 1000n));
  const each = (taken * 1000) / count;
  console.log(
    `${count} ${what === 'worker' ? 'changes' : 'deliveries'}, ${each.toFixed(1)} µs of processor time each.\n`,
  );
  print(groups, each);
  if (process.argv.includes('--functions')) print(functions, each, 60);
}

function print(parts: ReadonlyMap<string, number>, each: number, most = 20): void {
  console.log('| what | µs each |\n| --- | ---: |');
  const all = [...parts.values()].reduce((sum, us) => sum + us, 0);
  const sorted = [...parts].toSorted(([, a], [, b]) => b - a).slice(0, most);
  for (const [name, us] of sorted) console.log(`| ${name} | ${((us / all) * each).toFixed(1)} |`);
  console.log('');
}
