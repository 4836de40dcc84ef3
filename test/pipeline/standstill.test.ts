import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/pipeline.ts';
import {
  createProcesses,
  startSandboxProcess,
  type PlanwireProcess,
  type Processes,
} from '../support/processes.ts';
import { startRedis, type RedisServer } from '../support/redis-server.ts';
import { makeRemoteCatalog, type RemoteSandbox } from '../support/remote-sandbox.ts';

/** Longer than a job's lock and than the check for stalled jobs that follows it. */
const handoverMs = 30_000;

describe('P2: a worker that stands still for longer than its lock', () => {
  let redis: RedisServer;
  let processes: Processes;
  let sandbox: RemoteSandbox;
  let server: PlanwireProcess;
  let workers: PlanwireProcess[] = [];
  beforeAll(async () => {
    redis = await startRedis();
    // Confirmation would mend what is to be proved never to happen.
    processes = await createProcesses({ REDIS_URL: redis.url, CONFIRM_AFTER_SECONDS: '0' });
    sandbox = await startSandboxProcess(processes);
    await makeRemoteCatalog(sandbox);
    server = await processes.start('server');
    await sandbox.configureStripe({ webhookUrl: `${server.url}/webhooks/stripe` });
  });
  afterAll(async () => {
    await processes?.close();
    await redis?.stop();
  });
  afterEach(async () => {
    await sandbox.clearUnkeyFaults();
    await Promise.all(workers.map((each) => each.end('SIGKILL')));
    workers = [];
  });

  const seats = async (user: string) => (await sandbox.identity(user))?.meta['seats'];
  const writes = async (user: string) =>
    (await sandbox.unkeyRequests())
      .filter(({ operation, subject }) => operation === 'identities.updateIdentity' && subject === user)
      .map(({ body }) => (body as { meta?: { seats?: number } }).meta?.seats);

  async function begin(name: string): Promise<void> {
    const delivery = { copies: 0 };
    await sandbox.putIdentity(`user_${name}`);
    await sandbox.stripe('customers', { id: `cus_${name}`, metadata: { user_id: `user_${name}` }, delivery });
    const items = [{ price: 'price_team', quantity: 1 }];
    await sandbox.stripe('subscriptions', { id: `sub_${name}`, customer: `cus_${name}`, items });
    await waitFor(async () => (await seats(`user_${name}`)) === 1, 16_000);
  }

  /** The first worker is caught inside a call that takes so long, and another takes its job over. */
  async function handOver(name: string, match: string, latencyMs: number): Promise<void> {
    workers.push(await processes.start('worker'));
    await begin(name);
    await sandbox.unkeyFault({ match, latencyMs });
    await sandbox.stripe(`subscriptions/sub_${name}`, { quantity: 5 });
    await waitFor(async () => (await sandbox.unkeyFaultsMet()) > 0);
    workers[0]?.signal('SIGSTOP');
    await sandbox.clearUnkeyFaults();
    workers.push(await processes.start('worker'));
    await sandbox.stripe(`subscriptions/sub_${name}`, { quantity: 7 });
    await waitFor(async () => (await seats(`user_${name}`)) === 7, handoverMs, 'the other worker');
  }

  /** Distinct values in the order in which they were sent. */
  const sent = async (user: string) => {
    const values = await writes(user);
    return values.filter((value, index) => value !== values[index - 1]);
  };

  it('before it checks that it is still the one writes nothing any more', async () => {
    await handOver('early', 'identities.getIdentity', 500);
    workers[0]?.signal('SIGCONT');
    // Ending in order, it first ends what it was caught in.
    await workers[0]?.end('SIGTERM');
    expect(await sent('user_early')).toEqual([1, 7]);
    expect(await seats('user_early')).toBe(7);
  }, 90_000);

  it('while its write is on the way, and arrives last, is corrected at once', async () => {
    await handOver('late', 'identities.updateIdentity', 16_000);
    await waitFor(async () => (await seats('user_late')) === 5, handoverMs, 'the late write to arrive');
    workers[0]?.signal('SIGCONT');
    await waitFor(async () => (await seats('user_late')) === 7, 15_000, 'the correction');
    await workers[0]?.end('SIGTERM');
    expect(await seats('user_late')).toBe(7);
  }, 90_000);
});
