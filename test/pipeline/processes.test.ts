import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startBalancer, type Balancer } from '../support/balancer.ts';
import { waitFor } from '../support/pipeline.ts';
import { plansText } from '../support/plans.ts';
import {
  createProcesses,
  startSandboxProcess,
  type Command,
  type PlanwireProcess,
  type Processes,
  type StartOptions,
} from '../support/processes.ts';
import { startRedis, type RedisServer } from '../support/redis-server.ts';
import { makeRemoteCatalog, type RemoteSandbox } from '../support/remote-sandbox.ts';
import { lateMachine } from '../support/late-machine.ts';

describe('server and worker processes on one Redis', lateMachine, () => {
  let redis: RedisServer;
  let processes: Processes;
  let sandbox: RemoteSandbox;
  let balancer: Balancer;
  let started: PlanwireProcess[] = [];
  let tests = 0;
  beforeAll(async () => {
    redis = await startRedis();
    processes = await createProcesses({ REDIS_URL: redis.url });
    balancer = await startBalancer();
    sandbox = await startSandboxProcess(processes);
    await makeRemoteCatalog(sandbox);
    await sandbox.configureStripe({ webhookUrl: `${balancer.url}/webhooks/stripe` });
  });
  afterAll(async () => {
    await balancer?.close();
    await processes?.close();
    await redis?.stop();
  });
  beforeEach(() => {
    // Each test has a store and customers of its own.
    tests += 1;
    processes.env['STORE_PREFIX'] = `test_${tests}`;
  });
  afterEach(async () => {
    await Promise.all(started.map((each) => each.end('SIGKILL')));
    started = [];
    await sandbox.clearUnkeyFaults();
  });

  const start = async (command: Command, options?: StartOptions): Promise<PlanwireProcess> => {
    const process = await processes.start(command, options);
    started.push(process);
    if (command === 'server') announce();
    return process;
  };
  const announce = (): void =>
    balancer.setServers(
      started.filter(({ command, running }) => command === 'server' && running()).map(({ url }) => url),
    );
  const names = (n: number) => ({ customer: `cus_${tests}_${n}`, subscription: `sub_${tests}_${n}` });
  const userOf = (n: number): string => `user_${tests}_${n}`;
  const subscribe = async (n: number, quantity: number): Promise<void> => {
    const { customer, subscription } = names(n);
    await sandbox.stripe('customers', {
      id: customer,
      metadata: { user_id: userOf(n) },
      delivery: { copies: 0 },
    });
    const items = [{ price: 'price_team', quantity }];
    await sandbox.stripe('subscriptions', { id: subscription, customer, status: 'active', items });
  };
  const change = (n: number, quantity: number) =>
    sandbox.stripe(`subscriptions/${names(n).subscription}`, { quantity });
  const seatsOf = async (n: number) => (await sandbox.identity(userOf(n)))?.meta['seats'];
  const limitOf = async (n: number) =>
    (await sandbox.identity(userOf(n)))?.ratelimits.find(({ name }) => name === 'requests')?.limit;

  it('what a worker killed in the middle of a write left undone, another does within 15 s', async () => {
    const [, first] = await Promise.all([start('server'), start('worker')]);
    await sandbox.putIdentity(userOf(1));
    await sandbox.unkeyFault({ match: 'identities.updateIdentity', latencyMs: 3_000, cut: 'before' });
    await subscribe(1, 3);
    await waitFor(async () => (await sandbox.unkeyFaultsMet()) > 0, 15_000, 'a write to be under way');
    await first.end('SIGKILL');
    await sandbox.clearUnkeyFaults();
    const [second] = await Promise.all([
      start('worker'),
      waitFor(async () => (await seatsOf(1)) === 3, 15_000, 'the customer to be right'),
    ]);
    expect(await limitOf(1)).toBe(2000);
    await waitFor(() => second.log().some((line) => line['status'] === 'applied'));
  });

  it('a write that a killed worker had sent, and that lands after the next one, is found and undone', async () => {
    const settings = { env: { CONFIRM_AFTER_SECONDS: '12' } };
    const [, first] = await Promise.all([start('server'), start('worker', settings)]);
    await sandbox.putIdentity(userOf(1));
    await sandbox.unkeyFault({ match: 'identities.updateIdentity', latencyMs: 18_000 });
    await subscribe(1, 3);
    await waitFor(async () => (await sandbox.unkeyFaultsMet()) > 0, 15_000, 'a write to be under way');
    await first.end('SIGKILL');
    await sandbox.clearUnkeyFaults();
    await Promise.all([start('worker', settings), change(1, 4)]);
    await waitFor(async () => (await seatsOf(1)) === 4, 16_000, 'the next write');
    await waitFor(async () => (await seatsOf(1)) === 3, 20_000, 'the late write to land');
    await waitFor(async () => (await seatsOf(1)) === 4, 30_000, 'the late write to be undone');
  }, 120_000);

  it('SIGTERM lets the running sync finish, takes no more deliveries and ends with 0 within 30 s', async () => {
    const [server, worker] = await Promise.all([start('server'), start('worker')]);
    await sandbox.putIdentity(userOf(1));
    await sandbox.unkeyFault({ match: 'identities.updateIdentity', latencyMs: 2_000 });
    await subscribe(1, 5);
    await waitFor(async () => (await sandbox.unkeyFaultsMet()) > 0, 15_000, 'a write to be under way');
    expect(await seatsOf(1)).toBeUndefined();
    const stopping = Promise.all([worker.end('SIGTERM'), server.end('SIGTERM')]);
    await waitFor(() => server.log().some(({ msg }) => msg?.startsWith('stopping') === true));
    const answer = await fetch(`${server.url}/webhooks/stripe`, { method: 'POST', body: '{}' }).then(
      ({ status }) => status,
      () => 'refused',
    );
    expect([503, 'refused']).toContain(answer);
    const [ended, served] = await stopping;
    expect([ended.code, served.code]).toEqual([0, 0]);
    expect(Math.max(ended.ms, served.ms)).toBeLessThan(30_000);
    expect(await seatsOf(1)).toBe(5);
    expect(worker.log().filter((line) => line['status'] === 'applied')).toHaveLength(1);
  });

  it('a rolling restart and a killed server, while events pour in, lose nothing', async () => {
    await Promise.all([start('server'), start('server'), start('worker'), start('worker')]);
    const customers = 20;
    for (let n = 0; n < customers; n += 1) await subscribe(n, 1);
    const before = [...started];
    const wanted = new Map<number, number>();
    const rolled = new AbortController();
    const pour = (async () => {
      for (let round = 0; !rolled.signal.aborted || round < customers; round += 1) {
        const n = round % customers;
        const quantity = 2 + ((round * 7) % 30);
        wanted.set(n, quantity);
        await change(n, quantity);
      }
    })();
    for (const [index, old] of before.entries()) {
      await start(old.command);
      const ended = await old.end(index === 0 ? 'SIGKILL' : 'SIGTERM');
      announce();
      expect(ended.code).toBe(index === 0 ? 'SIGKILL' : 0);
    }
    rolled.abort();
    await pour;
    await sandbox.delivered();
    const attempts = await sandbox.deliveries();
    const acknowledged = new Set(
      attempts.filter(({ status }) => status === 200).map(({ eventId }) => eventId),
    );
    expect(attempts.filter(({ eventId }) => !acknowledged.has(eventId))).toEqual([]);
    const right = async (): Promise<boolean> => {
      for (const [n, quantity] of wanted) if ((await seatsOf(n)) !== quantity) return false;
      return true;
    };
    await waitFor(right, 30_000, 'every customer to be right');
    const writes = await sandbox.unkeyRequests();
    const own = writes.filter(({ subject }) => subject.startsWith(`user_${tests}_`));
    expect(own.length).toBeGreaterThan(0);
    expect(own.filter(({ overlapped }) => overlapped)).toEqual([]);
  }, 120_000);

  it('SIGHUP takes a changed plan file to every known customer, and leaves a broken one aside', async () => {
    await writeFile(processes.plansFile, plansText);
    const [server, worker] = await Promise.all([start('server'), start('worker')]);
    for (const n of [1, 2, 3]) await subscribe(n, 1);
    const allHave = (limit: number) => async () =>
      (await Promise.all([1, 2, 3].map(limitOf))).every((each) => each === limit);
    await waitFor(allHave(1000), 20_000, 'the first plan file to hold');

    await writeFile(processes.plansFile, plansText.replace('limit: 1000,', 'limit: 1100,'));
    server.signal('SIGHUP');
    worker.signal('SIGHUP');
    await waitFor(allHave(1100), 30_000, 'the second plan file to hold');
    const accepted = async () => ((await readiness(server))['planFile'] as { ok: boolean }).ok;
    await waitFor(accepted, 20_000, 'the server to be ready with it');

    await writeFile(processes.plansFile, plansText.replace('limit: 1000,', 'limit: many,'));
    server.signal('SIGHUP');
    worker.signal('SIGHUP');
    const refused = async () => !((await readiness(server))['planFile'] as { ok: boolean }).ok;
    await waitFor(refused, 10_000, 'the server to refuse the broken plan file');
    expect(JSON.stringify(await readiness(server))).toContain('the running plans stay');
    await waitFor(() => worker.output().includes('the running plans stay'));
    await change(1, 2);
    await waitFor(async () => (await limitOf(1)) === 1600, 20_000, 'the second plan file to go on');
    await writeFile(processes.plansFile, plansText);
  }, 120_000);

  it('a worker with an older plan file than another writes nothing more, and it and its server say so', async () => {
    const newer = join(processes.folder, 'newer.yaml');
    await writeFile(processes.plansFile, plansText);
    await writeFile(newer, plansText.replace('limit: 1000,', 'limit: 1200,'));
    const [server, older] = await Promise.all([start('server'), start('worker')]);
    await subscribe(1, 1);
    await waitFor(async () => (await limitOf(1)) === 1000, 20_000, 'the first plan file to hold');
    const doneByOlder = (): number => older.log().filter((line) => line['status'] === 'applied').length;

    await start('worker', { env: { PLANS_FILE: newer } });
    // It hears of it with its next renewal, and until then may still write what the newer one writes over.
    await waitFor(() => older.output().includes('which is older'), 20_000, 'the older worker to say so');
    await waitFor(async () => (await limitOf(1)) === 1200, 60_000, 'the newer plan file to hold');
    const before = doneByOlder();
    for (const n of [2, 3, 4]) await subscribe(n, 1);
    const right = async () => (await Promise.all([1, 2, 3, 4].map(limitOf))).every((limit) => limit === 1200);
    await waitFor(right, 60_000, 'the newer plan file to hold for all');
    expect(doneByOlder()).toBe(before);
    // A server asks of the lease every few seconds, as a worker does, and not at the same moment.
    const saysSo = async () =>
      JSON.stringify(await readiness(server)).includes('restart it with the file that the workers run');
    await waitFor(saysSo, 15_000, 'the server to say so');
  }, 120_000);

  it('processes that are killed leave no lease behind: the newer file wins while one lives, then the older writes again', async () => {
    const newer = join(processes.folder, 'next.yaml');
    await writeFile(processes.plansFile, plansText);
    await writeFile(newer, plansText.replace('limit: 1000,', 'limit: 1200,'));
    const [, older] = await Promise.all([start('server'), start('worker')]);
    await subscribe(1, 1);
    await waitFor(async () => (await limitOf(1)) === 1000, 20_000, 'the first plan file to hold');
    const next = await start('worker', { env: { PLANS_FILE: newer } });
    await waitFor(async () => (await limitOf(1)) === 1200, 60_000, 'the newer plan file to hold');

    // Whoever crashes and comes back with the older file is still the older one.
    await older.end('SIGKILL');
    const back = await start('worker');
    await waitFor(() => back.output().includes('which is older'), 20_000, 'the older worker to say so');
    await subscribe(2, 1);
    await waitFor(async () => (await limitOf(2)) === 1200, 30_000, 'the newer file to be used');

    await next.end('SIGKILL');
    const right = async () => (await Promise.all([1, 2].map(limitOf))).every((limit) => limit === 1000);
    await waitFor(right, 60_000, 'the older plan file to hold again');
  }, 150_000);
});

async function readiness({ url }: PlanwireProcess): Promise<Record<string, unknown>> {
  return (await fetch(`${url}/readyz`)).json() as Promise<Record<string, unknown>>;
}
