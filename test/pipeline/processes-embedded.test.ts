import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { command } from '../support/command.ts';
import { waitFor } from '../support/pipeline.ts';
import { adminToken, createProcesses, startSandboxProcess, type Processes } from '../support/processes.ts';
import { makeRemoteCatalog } from '../support/remote-sandbox.ts';
import { lateMachine } from '../support/late-machine.ts';

const nowhere = { STRIPE_API_BASE_URL: 'http://127.0.0.1:9', UNKEY_API_BASE_URL: 'http://127.0.0.1:9' };

describe('planwire start on the embedded store', lateMachine, () => {
  let processes: Processes;
  beforeEach(async () => {
    processes = await createProcesses(nowhere);
  });
  afterEach(() => processes.close());

  it('killed and started again on the same folder, it has kept every event that it had acknowledged', async () => {
    const customers = [...Array(30).keys()];
    const sandbox = await startSandboxProcess(processes);
    await makeRemoteCatalog(sandbox);
    const first = await processes.start('start');
    // Nothing can be done with the events before the end: Stripe takes longer to answer than the process lives.
    await sandbox.configureStripe({ webhookUrl: `${first.url}/webhooks/stripe`, readLatencyMs: 60_000 });
    for (const n of customers) {
      const id = `cus_${n}`;
      await sandbox.stripe('customers', { id, metadata: { user_id: `user_${n}` }, delivery: { copies: 0 } });
      const items = [{ price: 'price_team', quantity: n + 1 }];
      await sandbox.stripe('subscriptions', { id: `sub_${n}`, customer: id, status: 'active', items });
    }
    await sandbox.delivered();
    await first.end('SIGKILL');
    const deliveries = await sandbox.deliveries();
    expect(deliveries.map(({ status }) => status)).toEqual(customers.map(() => 200));
    expect(await sandbox.identities()).toEqual([]);

    await sandbox.configureStripe({ webhookUrl: null, readLatencyMs: 0 });
    await processes.start('start');
    const seats = async () => {
      const identities = await sandbox.identities();
      return new Map(identities.map(({ externalId, meta }) => [externalId, meta['seats']]));
    };
    const right = async () => {
      const found = await seats();
      return customers.every((n) => found.get(`user_${n}`) === n + 1);
    };
    await waitFor(right, 45_000, 'every acknowledged event to have had its effect');
  }, 120_000);

  it('with its store lost, it has every customer right again after a look at everybody', async () => {
    const sandbox = await startSandboxProcess(processes);
    await makeRemoteCatalog(sandbox);
    const silent = { copies: 0 };
    for (const n of [1, 2, 3]) {
      const id = `cus_${n}`;
      await sandbox.stripe('customers', { id, metadata: { user_id: `user_${n}` }, delivery: silent });
      await sandbox.putIdentity(`user_${n}`);
      const items = [{ price: 'price_team', quantity: n }];
      const status = n === 3 ? 'canceled' : 'active';
      await sandbox.stripe('subscriptions', {
        id: `sub_${n}`,
        customer: id,
        status,
        items,
        delivery: silent,
      });
    }
    const { url } = await processes.start('start');
    const ran = await command(['reconcile', '--repair', '--url', url], { ADMIN_TOKEN: adminToken });
    expect(ran.stdout).toMatch(/3 customers, 0 in step, .*3 repaired;/);
    expect(ran.exitCode).toBe(0);
    const plans = async () =>
      Promise.all([1, 2, 3].map(async (n) => (await sandbox.identity(`user_${n}`))?.meta['plan']));
    const right = async () => (await plans()).join() === 'team,team,free';
    await waitFor(right, 20_000, 'every customer to be right');
  }, 120_000);

  it('a second one on the same DATA_DIR is refused with a sentence and 3, and the first goes on', async () => {
    const first = await processes.start('start');
    const second = processes.launch('start');
    expect(await second.ended).toBe(3);
    expect(second.output()).toContain(
      `DATA_DIR ${join(processes.folder, 'data')} is in use by process ${first.pid}`,
    );
    expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
  });
});

describe.each(['server', 'worker'] as const)('planwire %s', (command) => {
  it('ends with 3 and names the settings when it has no store to share', async () => {
    const processes = await createProcesses(nowhere);
    try {
      const refused = processes.launch(command);
      expect(await refused.ended).toBe(3);
      expect(refused.output()).toContain('REDIS_URL or DATABASE_URL is required');
    } finally {
      await processes.close();
    }
  });
});
