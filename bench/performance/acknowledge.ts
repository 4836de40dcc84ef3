import { isPostgresInstalled, startPostgres } from '../../test/support/postgres-server.ts';
import { waitFor } from '../../test/support/pipeline.ts';
import {
  adminToken,
  createProcesses,
  startSandboxProcess,
  type Command,
} from '../../test/support/processes.ts';
import { startRedis } from '../../test/support/redis-server.ts';
import { makeRemoteCatalog, type RemoteSandbox } from '../../test/support/remote-sandbox.ts';
import { deliverMany, processorMs, residentMegabytes, startPeer, startPlanwire } from './child.ts';
import type { Heard } from './load-process.ts';
import { customerId } from './ids.ts';
import { median, whole, type Report } from './report.ts';

const connections = 32;
/** Few: what a delivery costs is measured here, not what the changes of many customers cost. */
const customers = 20;
const secret = 'whsec_bench';

/** Something that takes deliveries, alone on a store of its own. */
interface Subject {
  readonly name: string;
  run(seconds: number): Promise<Measured>;
}

interface Measured {
  readonly perSecond: number;
  /** At half of that, in an open loop, ms. */
  readonly p99: number;
  /** Processor time of the process for each, µs. */
  readonly processorUs: number;
  /** Resident after both, MB. */
  readonly megabytes: number;
}

interface Loaded extends Measured {
  /** In all runs together. */
  readonly acknowledged: number;
  readonly acknowledgedAtFull: number;
}

/**
 * (a) Deliveries acknowledged a second, and how late the latest hundredth is at half of that; beside a floor, a handler
 * written by hand, and a peer. After each run what was acknowledged must be there, and, while nothing takes it, no more.
 */
export async function acknowledge({
  seconds,
  rounds,
  quick,
}: {
  readonly seconds: number;
  readonly rounds: number;
  readonly quick: boolean;
}): Promise<Report> {
  const subjects = [peer('floor'), planwire('server', 'redis')];
  if (!quick) subjects.push(planwire('start', 'redis'), peer('naive'));
  if (!quick && (await isPostgresInstalled()))
    subjects.push(planwire('server', 'postgres'), peer('sync-engine'));
  subjects.push(planwire('start', 'embedded'));
  const measured = new Map<string, Measured[]>(subjects.map(({ name }) => [name, []]));
  // Turn by turn: what the machine does otherwise meets all alike.
  for (let round = 0; round < rounds; round++) {
    for (const { name, run } of subjects) measured.get(name)?.push(await run(seconds));
  }
  const of = (name: string, what: keyof Measured): number =>
    median((measured.get(name) ?? []).map((each) => each[what]));
  const floor = of('floor', 'perSecond');
  const rows = subjects.map(({ name }) => {
    const perSecond = of(name, 'perSecond');
    return [
      name,
      whole(perSecond),
      (perSecond / floor).toFixed(2),
      of(name, 'p99').toFixed(1),
      whole(of(name, 'processorUs')),
      whole(of(name, 'megabytes')),
    ];
  });
  return {
    title: 'Deliveries acknowledged',
    text:
      `${connections} connections, a signed event of 4.6 KB each, ${seconds} s a run, the median of ${rounds}. The floor is bare ` +
      'node:http with one HMAC, JSON.parse and one plain BullMQ add for each. p99 is of a second run, in an open loop at half of what the first took, after a second in which the sender warms up.',
    columns: ['what', 'acknowledged/s', 'of the floor', 'p99 at half, ms', 'processor each, µs', 'RSS, MB'],
    rows,
    goals: [
      {
        name: 'acknowledged on Redis, of the floor',
        value: of('planwire server, Redis', 'perSecond') / floor,
        atLeast: 0.35,
        goal: 1,
      },
      {
        name: 'acknowledged by start on the embedded store, of the floor',
        value: of('planwire start, embedded', 'perSecond') / floor,
        atLeast: 0.1,
        goal: 0.2,
      },
    ],
  };
}

function peer(kind: 'floor' | 'naive' | 'sync-engine'): Subject {
  const onPostgres = kind === 'sync-engine';
  return {
    name: {
      floor: 'floor',
      naive: 'handler by hand, Express',
      'sync-engine': 'stripe-sync-engine, PostgreSQL',
    }[kind],
    async run(seconds) {
      const store = onPostgres ? await startPostgres() : await startRedis();
      const process = await startPeer(kind, store.url, secret);
      try {
        // What a peer refuses is its own affair, and is not counted.
        return await loadTwice(`${process.url}/webhooks/stripe`, process.pid, seconds, (heard) => heard);
      } finally {
        await process.stop();
        await store.stop();
      }
    },
  };
}

const storeNames = { redis: 'Redis', postgres: 'PostgreSQL', embedded: 'embedded' } as const;

function planwire(command: Extract<Command, 'server' | 'start'>, kind: keyof typeof storeNames): Subject {
  return {
    name: `planwire ${command}, ${storeNames[kind]}`,
    async run(seconds) {
      const store =
        kind === 'redis' ? await startRedis() : kind === 'postgres' ? await startPostgres() : null;
      const at = store === null ? {} : { [kind === 'redis' ? 'REDIS_URL' : 'DATABASE_URL']: store.url };
      const env = { STRIPE_WEBHOOK_SECRET: secret, ...at };
      const processes = await createProcesses(env);
      try {
        const sandbox = await startSandboxProcess(processes);
        if (command === 'start') await fill(sandbox);
        const { url, pid, stop } = await startPlanwire(command, processes.env);
        try {
          const measured = await loadTwice(`${url}/webhooks/stripe`, pid, seconds);
          if (command === 'server') await allStored(url, measured.acknowledged);
          else await remembered(url, measured, sandbox);
          return measured;
        } finally {
          await stop();
        }
      } finally {
        await processes.close();
        await store?.stop();
      }
    },
  };
}

async function loadTwice(
  url: string,
  pid: number,
  seconds: number,
  check: (heard: Heard) => Heard = mustBeTaken,
): Promise<Loaded> {
  const deliver = (prefix: string, forSeconds: number, perSecond: number): Promise<Heard> =>
    deliverMany({ url, secret, connections, customers, prefix, seconds: forSeconds, perSecond }).then(check);
  const warm = await deliver('warm', 1, 0);
  const before = await processorMs(pid);
  const full = await deliver('full', seconds, 0);
  const processorUs = (((await processorMs(pid)) - before) * 1000) / full.acknowledged;
  const perSecond = full.acknowledged / full.seconds;
  const half = await deliver('half', seconds, perSecond / 2);
  const acknowledged = warm.acknowledged + full.acknowledged + half.acknowledged;
  return {
    perSecond,
    p99: half.p99,
    processorUs,
    megabytes: await residentMegabytes(pid),
    acknowledged,
    acknowledgedAtFull: full.acknowledged,
  };
}

function mustBeTaken(heard: Heard): Heard {
  if (Object.keys(heard.others).length > 0)
    throw new Error(`Deliveries were refused: ${JSON.stringify(heard.others)}`);
  return heard;
}

interface Depth {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
}

async function depths(url: string): Promise<Readonly<Record<string, Depth>>> {
  const answer = await fetch(`${url}/v1/stats`, { headers: { authorization: `Bearer ${adminToken}` } });
  return ((await answer.json()) as { queues: Readonly<Record<string, Depth>> }).queues;
}

/** Nobody takes the events of a server without workers: as many wait as were acknowledged. */
async function allStored(url: string, acknowledged: number): Promise<void> {
  const waiting = (await depths(url))['events']?.waiting ?? -1;
  if (waiting !== acknowledged)
    throw new Error(`${acknowledged} deliveries were acknowledged and ${waiting} are in the store.`);
}

async function fill(sandbox: RemoteSandbox): Promise<void> {
  await makeRemoteCatalog(sandbox);
  const silent = { copies: 0 };
  const numbers = [...Array(customers).keys()];
  await sandbox.stripe(
    'customers',
    numbers.map((n) => ({ id: customerId(n), metadata: { user_id: `user_${n}` }, delivery: silent })),
  );
  await sandbox.stripe(
    'subscriptions',
    numbers.map((n) => ({
      id: `sub_bench${n}`,
      customer: customerId(n),
      status: 'active',
      items: [{ price: 'price_team', quantity: 2 }],
      delivery: silent,
    })),
  );
}

/**
 * A hundred thousand events are worked off for minutes, which nobody has to wait for: of two hundred, spread over all that
 * were acknowledged at full load, each must be a duplicate when it comes again, and the identities as their subscriptions say.
 */
async function remembered(
  url: string,
  { acknowledgedAtFull }: Loaded,
  sandbox: RemoteSandbox,
): Promise<void> {
  const again = { url: `${url}/webhooks/stripe`, secret, connections, customers, prefix: 'full' };
  const step = Math.max(1, Math.floor(acknowledgedAtFull / 220));
  const heard = mustBeTaken(await deliverMany({ ...again, seconds: 1, perSecond: 200, step }));
  if (heard.duplicates !== heard.acknowledged)
    throw new Error(
      `Of ${heard.acknowledged} acknowledged deliveries that came again ${heard.duplicates} were known.`,
    );
  const right = async (): Promise<number> =>
    (await sandbox.identities()).filter(({ meta }) => meta['plan'] === 'team').length;
  await waitFor(async () => (await right()) === customers, 60_000, 'every identity to be right');
}
