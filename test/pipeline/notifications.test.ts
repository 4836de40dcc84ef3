import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { post } from '../support/admin.ts';
import { startPipeline, waitFor, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';
import { subscribe } from '../support/subscriber.ts';

const secret = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
let pipeline: Pipeline;
let receiver: Receiver;
let count = 0;

describe('whoever is named in NOTIFY_URL', () => {
  beforeAll(async () => {
    receiver = await startReceiver();
    pipeline = await startPipeline({
      store: 'redis',
      plans: plansText,
      env: {
        NOTIFY_URL: receiver.url,
        NOTIFY_SECRET: secret,
        DASHBOARD_URL: 'https://planwire.example.com/dashboard/',
        SYNC_ATTEMPTS: '2',
        DOWNGRADE_GUARD: '1/1h',
        RECONCILE_AT: 'off',
        // A customer whose write is still to be read back is under way, and a look at everybody waits for that.
        CONFIRM_AFTER_SECONDS: '0',
      },
      overrides: {
        waits: {
          backoffMs: 20,
          failingRetryMs: 150,
          repairProbeMs: 100,
          sweepEveryMs: 50,
          renewEveryMs: 50,
          leaseMs: 500,
          noticeEveryMs: 20,
          notifyAgainMs: 20,
        },
      },
    });
    makeCatalog(pipeline.stripe);
    await pipeline.settled();
  });
  afterAll(async () => {
    await pipeline.stop();
    await receiver.close();
  });
  afterEach(() => {
    pipeline.unkey.faults.clear();
    receiver.be('takes');
  });

  const next = () => subscribe(pipeline, `n${(count += 1)}`);
  const told = (type: string) => receiver.messages().filter(({ body }) => body.type === type);
  const applied = async () => {
    const one = next();
    await waitFor(() => one.last()?.status === 'applied');
    return one;
  };

  it('is told that Unkey refuses us, and that it works again, through a receiver that fails and a crash', async () => {
    receiver.be('fails');
    pipeline.unkey.faults.add({ match: '*', status: 401 });
    const one = next();
    await waitFor(() => receiver.received.some(({ body }) => body.type === 'upstream.stopped'));
    await pipeline.crash();
    pipeline.unkey.faults.clear();
    await waitFor(() => one.last()?.status === 'applied');
    receiver.be('takes');
    await waitFor(() => told('upstream.recovered').length === 1, 20_000);
    expect(told('upstream.stopped')).toHaveLength(1);
    expect(told('upstream.stopped')[0]?.body.data).toMatchObject({
      upstream: 'unkey',
      customers: null,
      remedy: expect.stringContaining('UNKEY_ROOT_KEY') as string,
      url: 'https://planwire.example.com/dashboard/',
    });
    const order = receiver.messages().map(({ body }) => body.type);
    expect(order.indexOf('upstream.stopped')).toBeLessThan(order.indexOf('upstream.recovered'));
    for (const { text, headers } of receiver.received)
      expect(new Webhook(secret).verify(text, headers as Record<string, string>)).toBeTruthy();
  });

  it('is told of a problem once, however many customers it has, and once that it is over', async () => {
    pipeline.unkey.faults.add({ match: 'identities.updateIdentity', status: 503 });
    const several = [next(), next(), next()];
    await waitFor(() => several.every((each) => each.last()?.status === 'failed'));
    await waitFor(() => told('problem.opened').length === 1);
    pipeline.unkey.faults.clear();
    await waitFor(() => several.every((each) => each.last()?.status === 'applied'));
    await waitFor(() => told('problem.resolved').length === 1);
    const [opened] = told('problem.opened');
    expect(opened?.body.data['title']).toBe(several[0]?.outcomes()[0]?.error?.title);
    expect(opened?.body.data['url']).toContain(`/dashboard/outcomes?error=${opened?.body.data.code}`);
    expect(told('problem.opened')).toHaveLength(1);
  });

  it('is told that downgrades are held', async () => {
    const several = [await applied(), await applied(), await applied()];
    for (const each of several) each.cancel();
    await waitFor(() => several.filter((each) => each.last()?.status === 'held').length === 2);
    await waitFor(() => told('downgrade.held').length === 1);
    expect(told('downgrade.held')[0]?.body.data['url']).toBe('https://planwire.example.com/dashboard/held');
    await post(pipeline, '/v1/held/release');
    await waitFor(async () => (await pipeline.service.context.store.customers.counts()).held === 0);
  });

  it('is told what a look at everybody found and repaired, and nothing of one that found nothing', async () => {
    const one = await applied();
    pipeline.unkey.putIdentity({ externalId: one.user });
    const look = async () => {
      const { body } = await post(pipeline, '/v1/reconciliations', { repair: 'all' });
      const { runId } = body as { runId: string };
      await waitFor(async () => (await pipeline.service.context.store.runs.read(runId))?.state === 'done');
      return runId;
    };
    const found = await look();
    await waitFor(() => told('drift.found').length === 1);
    expect(told('drift.found')[0]?.body.data).toMatchObject({
      run: found,
      customers: 1,
      repaired: 1,
      counts: { limit_missing: 1 },
      url: 'https://planwire.example.com/dashboard/runs',
    });
    await waitFor(() => one.meta()['plan'] === 'team');
    await look();
    // A later change is told after everything before it.
    pipeline.unkey.putIdentity({ externalId: one.user });
    const again = await look();
    await waitFor(() => told('drift.found').some(({ body }) => body.data['run'] === again));
    expect(told('drift.found').map(({ body }) => body.data['run'])).toEqual([found, again]);
  });

  it('shows in the metrics: what was sent, and how long messages wait', async () => {
    receiver.be('fails');
    const before = receiver.received.length;
    pipeline.unkey.faults.add({ match: '*', status: 401 });
    const one = next();
    await waitFor(() => receiver.received.length > before);
    const text = await (await fetch(`${pipeline.url}/metrics`)).text();
    expect(text).toMatch(/planwire_notification_oldest_seconds 0*\.?\d*[1-9]/);
    expect(text).toMatch(/planwire_notifications_total\{result="sent"\} [1-9]/);
    expect(text).toMatch(/planwire_notifications_total\{result="failed"\} [1-9]/);
    pipeline.unkey.faults.clear();
    receiver.be('takes');
    await waitFor(() => one.last()?.status === 'applied');
    await waitFor(() => told('upstream.recovered').length === 2);
  });

  it('is never named in the log, nor is its secret', () => {
    const log = pipeline.log.join('\n');
    expect(log).toContain('somebody was notified');
    expect(log).not.toContain(secret);
    expect(log).not.toContain('a-token-in-the-address');
  });
});
