import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../support/pipeline.ts';
import { startPostgres, type PostgresServer } from '../support/postgres-server.ts';
import { createProcesses, startSandboxProcess, type Processes } from '../support/processes.ts';
import { makeRemoteCatalog } from '../support/remote-sandbox.ts';
import { lateMachine } from '../support/late-machine.ts';

describe('a process with --no-migrate', lateMachine, () => {
  let postgres: PostgresServer;
  let processes: Processes;
  beforeAll(async () => {
    postgres = await startPostgres();
    processes = await createProcesses({ DATABASE_URL: postgres.url });
  });
  afterAll(async () => {
    await processes?.close();
    await postgres?.stop();
  });

  it('takes no delivery before planwire migrate, says what is missing, and works once that was run', async () => {
    const sandbox = await startSandboxProcess(processes);
    await makeRemoteCatalog(sandbox);
    const server = processes.launch('server', { args: ['--no-migrate'] });
    await waitFor(() => server.url !== '', 30_000, 'the server to listen');
    const before = await fetch(`${server.url}/readyz`);
    expect(before.status).toBe(503);
    expect(await before.text()).toContain('planwire migrate');

    const migrated = await processes.start('migrate');
    expect(await migrated.ended).toBe(0);
    expect(migrated.output()).toBe('The schemas planwire and planwire_queues are up to date.\n');
    const again = await processes.start('migrate');
    expect(await again.ended).toBe(0);

    await processes.start('worker', { args: ['--no-migrate'] });
    const ready = async () => (await fetch(`${server.url}/readyz`)).status === 200;
    await waitFor(ready, 15_000, 'the server to find the schemas');
    await sandbox.configureStripe({ webhookUrl: `${server.url}/webhooks/stripe` });
    await sandbox.stripe('customers', { id: 'cus_1', metadata: { user_id: 'user_1' } });
    const items = [{ price: 'price_team', quantity: 4 }];
    await sandbox.stripe('subscriptions', { id: 'sub_1', customer: 'cus_1', status: 'active', items });
    const right = async () => (await sandbox.identity('user_1'))?.meta['seats'] === 4;
    await waitFor(right, 20_000, 'the customer to be right');
  }, 120_000);
});
