import { afterEach, expect, it } from 'vitest';
import { lateMachine } from '../support/late-machine.ts';
import { waitFor } from '../support/pipeline.ts';
import { createProcesses, startSandboxProcess } from '../support/processes.ts';
import { startReceiver } from '../support/receiver.ts';
import { startRedis } from '../support/redis-server.ts';
import { makeRemoteCatalog } from '../support/remote-sandbox.ts';

const secret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

// Each successor waits until the lease of the one that was killed is over.
it(
  'what a process killed before and during the post had to tell is told by its successor, in order',
  { ...lateMachine, timeout: 180_000 },
  async () => {
    const redis = await startRedis();
    ends.push(() => redis.stop());
    const receiver = await startReceiver();
    ends.push(() => receiver.close());
    const processes = await createProcesses({
      REDIS_URL: redis.url,
      NOTIFY_URL: receiver.url,
      NOTIFY_SECRET: secret,
      RECONCILE_AT: 'off',
    });
    ends.push(() => processes.close());
    const sandbox = await startSandboxProcess(processes);
    await makeRemoteCatalog(sandbox);
    await sandbox.putIdentity('user_1');
    await sandbox.unkeyFault({ match: '*', status: 401 });
    const told = () => receiver.messages().map(({ body }) => body.type);

    const first = await processes.start('start');
    await sandbox.configureStripe({ webhookUrl: `${first.url}/webhooks/stripe` });
    await sandbox.stripe('customers', { id: 'cus_1', metadata: { user_id: 'user_1' } });
    const items = [{ price: 'price_team', quantity: 1 }];
    await sandbox.stripe('subscriptions', { id: 'sub_1', customer: 'cus_1', status: 'active', items });
    receiver.be('hangs');
    await waitFor(() => first.log().some(({ msg }) => String(msg).includes('refuses us')), 30_000);
    await first.end('SIGKILL');

    const second = await processes.start('start');
    await waitFor(() => receiver.received.some(({ body }) => body.type === 'upstream.stopped'), 60_000);
    await second.end('SIGKILL');
    expect(told()).toEqual([]);

    await sandbox.clearUnkeyFaults();
    receiver.be('takes');
    await processes.start('start');
    await waitFor(() => told().includes('upstream.recovered'), 60_000);
    expect(told()).toEqual(['upstream.stopped', 'upstream.recovered']);
    const stops = receiver.received.filter(({ body }) => body.type === 'upstream.stopped');
    expect(stops.length).toBeGreaterThan(1);
    expect(new Set(stops.map(({ id }) => id)).size).toBe(1);
  },
);
