import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom } from '../../src/sandbox/random.ts';
import { startBalancer } from '../support/balancer.ts';
import { startPostgres } from '../support/postgres-server.ts';
import {
  createProcesses,
  startSandboxProcess,
  type PlanwireProcess,
  type Processes,
} from '../support/processes.ts';
import { startRedisCluster } from '../support/redis-cluster.ts';
import { startRedis } from '../support/redis-server.ts';
import { makeRemoteCatalog, type RemoteSandbox } from '../support/remote-sandbox.ts';

export interface ScaleOptions {
  /** `cluster`: three primaries. */
  readonly store: 'redis' | 'cluster' | 'postgres';
  /** Distinct events; one in ten is delivered twice. */
  readonly events: number;
  readonly customers: number;
  readonly servers: number;
  readonly workers: number;
  /** At most; events must still be coming while processes come and go. */
  readonly eventsPerSecond: number;
  /** How often a process is ended, by SIGKILL or SIGTERM, and started again while events come in. */
  readonly kills: number;
  readonly seed: number;
  /** How long everything may take to be right once the last event was delivered, ms. */
  readonly patienceMs: number;
  readonly say: (line: string) => void;
}

export interface ScaleResult {
  readonly events: number;
  readonly deliveries: number;
  readonly notAcknowledged: number;
  /** Such as `worker 2 SIGKILL`. */
  readonly kills: readonly string[];
  /** Identities that are not as the plan file says, each with what it should be. */
  readonly wrong: readonly string[];
  readonly writes: number;
  /** Writes that arrived while another write of the same identity was under way. */
  readonly overlapping: number;
  /** Jobs that the store still had when patience ended; null if it did not say. */
  readonly jobsLeft: number | null;
  /** Outcomes of each worker, over its restarts. */
  readonly done: readonly number[];
  readonly sendingMs: number;
  /** From the end of sending to everything being right. */
  readonly settlingMs: number;
}

const stores = { redis: startRedis, cluster: startRedisCluster, postgres: startPostgres };

/** A store, servers behind a balancer, workers and the stand-ins, each a process; and somebody who kills them. */
export async function runScale(options: ScaleOptions): Promise<ScaleResult> {
  const store = await stores[options.store]();
  const address = { [options.store === 'postgres' ? 'DATABASE_URL' : 'REDIS_URL']: store.url };
  const processes = await createProcesses(address);
  const balancer = await startBalancer();
  try {
    const sandbox = await startSandboxProcess(processes);
    await makeRemoteCatalog(sandbox);
    const fleet = await startFleet(processes, options, balancer.setServers);
    await sandbox.configureStripe({ webhookUrl: `${balancer.url}/webhooks/stripe`, readLatencyMs: 5 });
    await sandbox.configureUnkey({ latencyMs: 10 });
    return await play(options, sandbox, fleet);
  } finally {
    await balancer.close();
    await processes.close();
    await store.stop();
  }
}

interface Fleet {
  readonly slots: readonly Slot[];
  /** Ends the process of a slot and starts another one in its place. */
  replace(slot: Slot, signal: NodeJS.Signals): Promise<void>;
}

interface Slot {
  readonly name: string;
  readonly command: 'server' | 'worker';
  process: PlanwireProcess;
  /** Outcomes of the processes that ended. */
  done: number;
}

async function startFleet(
  processes: Processes,
  { servers, workers }: ScaleOptions,
  setServers: (urls: readonly string[]) => void,
): Promise<Fleet> {
  const slots: Slot[] = [];
  const announce = (): void =>
    setServers(slots.filter(({ command }) => command === 'server').map(({ process }) => process.url));
  for (const [command, count] of [
    ['server', servers],
    ['worker', workers],
  ] as const) {
    for (let n = 1; n <= count; n += 1) {
      slots.push({ name: `${command} ${n}`, command, process: await processes.start(command), done: 0 });
    }
  }
  announce();
  return {
    slots,
    async replace(slot, signal) {
      await slot.process.end(signal);
      slot.done += outcomesOf(slot.process);
      slot.process = await processes.start(slot.command);
      announce();
    },
  };
}

function outcomesOf(process: PlanwireProcess): number {
  return process.log().filter((line) => line['outcome'] !== undefined).length;
}

async function play(options: ScaleOptions, sandbox: RemoteSandbox, fleet: Fleet): Promise<ScaleResult> {
  const { say, patienceMs } = options;
  const startedAt = performance.now();
  const sent = { events: 0 };
  const killing = killAsItGoes(options, fleet, sent);
  const wanted = await send(options, sandbox, sent);
  const kills = await killing;
  await sandbox.delivered();
  const sentAt = performance.now();
  say(`sent ${sent.events} events in ${seconds(sentAt - startedAt)}`);
  const wrong = async (): Promise<readonly string[]> => wrongOnes(wanted, sandbox);
  await eventually(async () => (await wrong()).length === 0, patienceMs);
  await eventually(async () => (await jobsLeft(fleet)) === 0, patienceMs);
  const settledAt = performance.now();
  const deliveries = await sandbox.deliveries();
  const acknowledged = new Set(
    deliveries.filter(({ status }) => status === 200).map(({ eventId }) => eventId),
  );
  const updates = (await sandbox.unkeyRequests()).filter(
    ({ operation }) => operation === 'identities.updateIdentity' || operation === 'identities.createIdentity',
  );
  return {
    events: sent.events,
    deliveries: deliveries.length,
    notAcknowledged: new Set(deliveries.map(({ eventId }) => eventId)).size - acknowledged.size,
    kills,
    // Looked at once more: a late write would show now.
    wrong: await wrong(),
    jobsLeft: await jobsLeft(fleet),
    writes: updates.length,
    overlapping: updates.filter(({ overlapped }) => overlapped).length,
    done: fleet.slots
      .filter(({ command }) => command === 'worker')
      .map(({ done, process }) => done + outcomesOf(process)),
    sendingMs: sentAt - startedAt,
    settlingMs: settledAt - sentAt,
  };
}

/** Ends a process when the nth part of the events is out, one at a time, each of them once before any of them twice. */
async function killAsItGoes(
  { kills, events, seed, say }: ScaleOptions,
  fleet: Fleet,
  sent: { readonly events: number },
): Promise<string[]> {
  const random = seededRandom(seed);
  const killed: string[] = [];
  let turn: Slot[] = [];
  for (let n = 1; n <= kills; n += 1) {
    const due = (events * n) / (kills + 1);
    while (sent.events < due) await delay(20);
    if (turn.length === 0) turn = [...fleet.slots];
    const [slot] = turn.splice(Math.floor(random() * turn.length), 1);
    const signal = random() < 0.6 ? 'SIGKILL' : 'SIGTERM';
    if (slot === undefined) break;
    killed.push(`${slot.name} ${signal}`);
    await fleet.replace(slot, signal);
    say(`${sent.events} events: ${slot.name} got ${signal} and was started again`);
  }
  return killed;
}

/** How many requests to the stand-in are under way at once; each lane has customers of its own. */
const lanes = 8;

/** Makes the customers, then changes them at random; resolves with the quantity that each has in the end. */
async function send(
  { customers, events, eventsPerSecond, seed }: ScaleOptions,
  sandbox: RemoteSandbox,
  sent: { events: number },
): Promise<readonly number[]> {
  const random = seededRandom(seed + 1);
  const quantities = Array.from({ length: customers }, () => 1);
  const numbers = [...quantities.keys()];
  const silent = { copies: 0 };
  await sandbox.stripe(
    'customers',
    numbers.map((n) => ({ id: `cus_${n}`, metadata: { user_id: `user_${n}` }, delivery: silent })),
  );
  const delivery = () => ({ copies: random() < 0.1 ? 2 : 1, delayMs: [0, 500] });
  for (let first = 0; first < customers; first += 100) {
    const some = numbers.slice(first, first + 100);
    await sandbox.stripe(
      'subscriptions',
      some.map((n) => ({
        id: `sub_${n}`,
        customer: `cus_${n}`,
        status: 'active',
        items: [{ price: 'price_team', quantity: 1 }],
        delivery: delivery(),
      })),
    );
    sent.events += some.length;
  }
  const startedAt = performance.now() - (1000 * sent.events) / eventsPerSecond;
  const lane = async (index: number): Promise<void> => {
    const own = numbers.filter((n) => n % lanes === index);
    while (own.length > 0 && sent.events < events) {
      sent.events += 1;
      const early = startedAt + (1000 * sent.events) / eventsPerSecond - performance.now();
      if (early > 0) await delay(early);
      const n = own[Math.floor(random() * own.length)] ?? 0;
      const quantity = ((quantities[n] ?? 0) % 40) + 1 + Math.floor(random() * 5);
      quantities[n] = quantity;
      await sandbox.stripe(`subscriptions/sub_${n}`, { quantity, delivery: delivery() });
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, index) => lane(index)));
  return quantities;
}

async function wrongOnes(wanted: readonly number[], sandbox: RemoteSandbox): Promise<readonly string[]> {
  const identities = new Map((await sandbox.identities()).map((identity) => [identity.externalId, identity]));
  return wanted.flatMap((quantity, n) => {
    const identity = identities.get(`user_${n}`);
    const requests = identity?.ratelimits.find(({ name }) => name === 'requests')?.limit;
    const right =
      identity?.meta['plan'] === 'team' &&
      identity.meta['seats'] === quantity &&
      requests === 1000 + 500 * (quantity - 1);
    return right ? [] : [`user_${n} should have ${quantity} seats: ${JSON.stringify(identity?.meta)}`];
  });
}

/** Jobs that wait, run or are delayed, says the store; null when it does not say. */
async function jobsLeft({ slots }: Fleet): Promise<number | null> {
  const url = slots.find(({ command }) => command === 'server')?.process.url ?? '';
  const metrics = await fetch(`${url}/metrics`).then((answer) => answer.text());
  const depths = [...metrics.matchAll(/^planwire_queue_jobs\{.*\} (\d+)$/gm)].map(([, depth]) =>
    Number(depth),
  );
  return depths.length === 0 ? null : depths.reduce((sum, depth) => sum + depth, 0);
}

/** What is not so after the time shows in the result. */
async function eventually(condition: () => Promise<boolean>, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition()) && performance.now() < deadline) await delay(250);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
