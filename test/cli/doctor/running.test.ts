import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadPlans, planFileReader } from '../../../src/app/plans.ts';
import { startService, type Service } from '../../../src/app/service.ts';
import { parseConfig } from '../../../src/config.ts';
import { sandboxRootKey } from '../../../src/sandbox/unkey.ts';
import { createLogger } from '../../../src/observe/log.ts';
import { command } from '../../support/command.ts';
import { rightInstallation, webhookUrl, type Installation } from '../../support/doctor.ts';

let installation: Installation;
let service: Service;

beforeEach(async () => {
  installation = await rightInstallation();
  const { env } = installation;
  const parsed = parseConfig({ ...env, HOST: '127.0.0.1', PORT: '0' }, { isTTY: false });
  const read = await loadPlans(planFileReader(env['PLANS_FILE'] ?? ''));
  if (!parsed.ok || !read.ok) throw new Error('The installation cannot be used.');
  const log = createLogger({ level: 'silent', format: 'json' }, new PassThrough());
  service = await startService(parsed.config, { http: true, workers: true }, { log, plans: read.plans });
  env['PORT'] = new URL(service.url ?? '').port;
});
afterEach(async () => {
  await service.stop();
  await installation.stop();
});

const notRight = async () => (await installation.doctor()).checks.filter(({ status }) => status !== 'ok');

describe('planwire doctor, beside a running Planwire that has the embedded store', () => {
  it('asks it whether it is ready', async () => {
    const { checks, exitCode } = await installation.doctor();
    expect(checks.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(checks.map(({ id }) => id)).toContain('planwire.running');
    expect(exitCode).toBe(0);
  });

  it('passes on what it waits for', async () => {
    installation.unkey.putRootKey({ key: sandboxRootKey, state: 'disabled' });
    await command(['sync', 'cus_1'], installation.env);
    await vi.waitFor(async () => {
      const found = await notRight();
      expect(found.map(({ id }) => id)).toEqual(['unkey.key', 'planwire.running.unkey']);
      expect(found[1]?.detail).toMatch(/^The running Planwire says of unkey: .*UNKEY_ROOT_KEY/);
    }, 20_000);
  });

  describe('has Stripe ping it', () => {
    const ping = (answer: RegExp) =>
      vi.waitFor(async () => {
        const { checks } = await installation.doctor();
        expect(checks.filter(({ id }) => id === 'stripe.webhook.ping')).toMatchObject([{ detail: answer }]);
      }, 30_000);
    const leadTo = (url: string | undefined) => {
      installation.stripe.configure({ webhookUrl: `${url}/webhooks/stripe` });
      installation.stripe.eventDestinations.create({
        id: 'ed_1',
        url: webhookUrl,
        enabled_events: ['v2.core.account.updated'],
      });
    };

    it('and says when it arrived', async () => {
      leadTo(service.url ?? undefined);
      await ping(/^A ping of ed_1 arrived, verified, within \d+\.\d s\.$/);
    });

    it('and says so where it goes elsewhere', { timeout: 40_000 }, async () => {
      leadTo('http://127.0.0.1:9');
      await ping(/^A ping of ed_1 did not arrive within 1\d\.\d s\.$/);
    });

    it('and goes without where the key may only read', async () => {
      leadTo(service.url ?? undefined);
      installation.stripe.configure({ deniedPermissions: ['rak_event_destination_write'] });
      const { checks } = await installation.doctor();
      expect(checks.filter(({ id }) => id === 'stripe.webhook.ping')).toEqual([]);
    });
  });

  it('says where it was looked for', async () => {
    installation.env['PORT'] = '9';
    expect(await notRight()).toMatchObject([
      {
        id: 'planwire.running',
        status: 'warn',
        detail: 'That process does not answer at http://127.0.0.1:9.',
      },
    ]);
  });
});
