import { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import { createProcesses, startSandboxProcess } from '../../test/support/processes.ts';
import { startRedis } from '../../test/support/redis-server.ts';
import { deliverMany, residentMegabytes } from './child.ts';
import { whole, type Report } from './report.ts';

const secret = 'whsec_bench';

/** (e) What waiting events take, in Redis and in the server that took them; and a whole installation at rest. */
export async function memory({ events }: { readonly events: number }): Promise<Report> {
  const { bytesEach, before, after, waiting } = await waitingEvents(events);
  const rest = await atRest();
  return {
    title: 'Memory',
    text: 'Events wait in Redis while no worker runs. At rest: `planwire start` on the embedded store, a minute after its start, without any customer.',
    columns: ['what', 'figure'],
    rows: [
      ['events that wait', whole(waiting)],
      ['bytes of Redis an event', whole(bytesEach)],
      ['RSS of the server before, MB', whole(before)],
      ['RSS of the server after, MB', whole(after)],
      ['RSS of start at rest, embedded, MB', whole(rest)],
    ],
    goals: [
      { name: '1 KB, of the bytes of a waiting event', value: 1024 / bytesEach, atLeast: 0.7, goal: 1 },
      { name: '200 MB, of start at rest', value: 200 / rest, atLeast: 0.35, goal: 1 },
    ],
  };
}

async function waitingEvents(events: number) {
  const redis = await startRedis();
  const client = new Redis(redis.url);
  const processes = await createProcesses({ STRIPE_WEBHOOK_SECRET: secret, REDIS_URL: redis.url });
  try {
    await startSandboxProcess(processes);
    const { url, pid } = await processes.start('server');
    const load = { url: `${url}/webhooks/stripe`, secret, connections: 32, customers: 1_000, perSecond: 0 };
    await deliverMany({ ...load, prefix: 'warm', seconds: 2 });
    const [usedBefore, before] = [await used(client), await residentMegabytes(pid)];
    const first = await count(client);
    for (let n = 0; n < 100 && (await count(client)) - first < events; n++)
      await deliverMany({ ...load, prefix: `run${n}_`, seconds: 4 });
    const waiting = (await count(client)) - first;
    const bytesEach = ((await used(client)) - usedBefore) / waiting;
    return { bytesEach, before, after: await residentMegabytes(pid), waiting };
  } finally {
    client.disconnect();
    await processes.close();
    await redis.stop();
  }
}

async function used(redis: Redis): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
}

function count(redis: Redis): Promise<number> {
  return redis.llen('{planwire}:events:wait');
}

async function atRest(): Promise<number> {
  const processes = await createProcesses({});
  try {
    await startSandboxProcess(processes);
    const { pid } = await processes.start('start');
    await delay(60_000);
    return await residentMegabytes(pid);
  } finally {
    await processes.close();
  }
}
