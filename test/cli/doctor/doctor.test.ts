import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { command } from '../../support/command.ts';
import { rightInstallation, type Installation } from '../../support/doctor.ts';
import { wrongs } from './wrong.ts';

let installation: Installation;

beforeEach(async () => {
  installation = await rightInstallation();
});
afterEach(() => installation.stop());

describe('planwire doctor', () => {
  it('finds nothing where everything is right, and exits 0', async () => {
    const { checks, exitCode } = await installation.doctor();
    expect(checks.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(checks.length).toBeGreaterThan(20);
    expect(new Set(checks.map(({ area }) => area))).toEqual(new Set(['stripe', 'unkey', 'planwire']));
    expect(exitCode).toBe(0);
  });

  it.each(wrongs)('tells of $name, and of nothing else', async ({ set, finds, status, detail, remedy }) => {
    await set(installation);
    const { checks, exitCode } = await installation.doctor();
    const found = checks.filter((check) => check.status !== 'ok');
    expect(found.map(({ id }) => id)).toEqual(finds);
    expect(found[0]).toMatchObject({ status });
    expect(found[0]?.detail).toMatch(detail);
    expect(found[0]?.remedy).toMatch(remedy);
    expect(exitCode).toBe(status === 'fail' ? 1 : 0);
  });

  it('changes nothing at Unkey', async () => {
    const before = installation.unkey.identities();
    await installation.doctor();
    expect(installation.unkey.identities()).toEqual(before);
  });

  it('goes on without any setting, and names each that is missing', async () => {
    const { stdout, exitCode } = await command(['doctor'], { PLANS_FILE: '/nowhere/plans.yaml' });
    for (const name of ['STRIPE_WEBHOOK_SECRET', 'STRIPE_SECRET_KEY', 'UNKEY_ROOT_KEY'])
      expect(stdout).toContain(`✗ ${name} is required.\n    Set ${name}: give `);
    expect(stdout).toContain('✗ /nowhere/plans.yaml:1:1 there is no such file.');
    expect(stdout).toMatch(/\n\d+ checks: 4 wrong, 1 to look at\.\n$/);
    expect(exitCode).toBe(1);
  });

  it('prints a line a check for people, a remedy below it, and no secret', async () => {
    installation.stripe.configure({ deniedPermissions: ['rak_subscription_read'] });
    const { stdout } = await command(['doctor'], installation.env);
    expect(stdout).toContain(
      '✗ The key may not read Subscriptions, and so nobody can be synced.\n    Give the key in STRIPE_SECRET_KEY the permission rak_subscription_read',
    );
    for (const name of ['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET', 'UNKEY_ROOT_KEY', 'ADMIN_TOKEN'])
      expect(stdout).not.toContain(installation.env[name]);
  });
});
