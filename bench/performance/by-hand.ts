import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { sandboxStripeKey } from '../../src/sandbox/stripe.ts';
import { sandboxRootKey } from '../../src/sandbox/unkey.ts';
import type { RemoteSandbox } from '../../test/support/remote-sandbox.ts';
import { startPeer } from './child.ts';

/** Where the stand-ins are, and with which keys they are asked; a process is told it as JSON. */
export interface Upstreams {
  readonly stripe: string;
  readonly stripeKey: string;
  readonly unkey: string;
  readonly unkeyKey: string;
}

export function upstreamsOf({ stripeUrl, unkeyUrl }: RemoteSandbox): Upstreams {
  return { stripe: stripeUrl, stripeKey: sandboxStripeKey, unkey: unkeyUrl, unkeyKey: sandboxRootKey };
}

/** The two reads that come before a write to the identity of the n-th customer, by fetch and in turn. */
export async function read({ stripe, stripeKey, unkey, unkeyKey }: Upstreams, n: number): Promise<void> {
  await call(`${stripe}/v1/subscriptions?customer=cus_${n}&limit=100`, stripeKey);
  await call(`${unkey}/v2/identities.getIdentity`, unkeyKey, { identity: `user_${n}` });
}

/** The reads, and the write. */
export async function readAndWrite(upstreams: Upstreams, n: number): Promise<void> {
  await read(upstreams, n);
  const ratelimits = [{ name: 'requests', limit: 1500, duration: 3_600_000, autoApply: true }];
  const meta = { plan: 'team', seats: 2 };
  const { unkey, unkeyKey } = upstreams;
  const update = { identity: `user_${n}`, meta, ratelimits };
  await call(`${unkey}/v2/identities.updateIdentity`, unkeyKey, update);
}

async function call(url: string, key: string, body?: unknown): Promise<void> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const answer = await fetch(
    url,
    body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) },
  );
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  await answer.json();
}

export interface FloorWorkers {
  readonly pids: readonly number[];
  /** A job for each of these customers. */
  add(numbers: readonly number[]): Promise<void>;
  stop(): Promise<void>;
}

/** Workers of BullMQ that read and write for each job as by hand, and do nothing else; each takes twenty at once. */
export async function startFloorWorkers(
  sandbox: RemoteSandbox,
  storeUrl: string,
  count: number,
): Promise<FloorWorkers> {
  const start = () => startPeer('floor-worker', storeUrl, '', JSON.stringify(upstreamsOf(sandbox)));
  const workers = await Promise.all(Array.from({ length: count }, start));
  const connection = new Redis(storeUrl);
  const queue = new Queue('floor', { connection });
  return {
    pids: workers.map(({ pid }) => pid),
    async add(numbers) {
      await queue.addBulk(
        numbers.map((n) => ({ name: 'change', data: { n }, opts: { removeOnComplete: true } })),
      );
    },
    async stop() {
      await queue.close();
      connection.disconnect();
      await Promise.all(workers.map((worker) => worker.stop()));
    },
  };
}
