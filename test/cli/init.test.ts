import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startStandIns, type StandIns } from '../../src/cli/demo/stand-ins.ts';
import { sandboxOrganisationKey } from '../../src/sandbox/stripe.ts';
import { command } from '../support/command.ts';

let folder: string;
let standIns: StandIns;
let settings: Record<string, string>;
let flags: readonly string[];
let plans: string;
let env: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'planwire-init-'));
  [plans, env] = [join(folder, 'plans.yaml'), join(folder, '.env')];
  flags = ['init', '--plans', plans, '--env', env];
  standIns = await startStandIns({ stripe: { webhookSecret: 'whsec_sandbox' }, unkey: {} });
  settings = { ...standIns.settings };
  const { stripe, unkey } = standIns;
  stripe.products.create({ id: 'prod_team', name: 'Team' });
  stripe.products.create({ id: 'prod_scale', name: 'Scale' });
  stripe.prices.create({
    id: 'price_team',
    product: 'prod_team',
    lookup_key: 'team_monthly',
    unit_amount: 2000,
  });
  stripe.prices.create({ id: 'price_scale', product: 'prod_scale', unit_amount: 9000 });
  stripe.prices.create({ id: 'price_setup', product: 'prod_scale', recurring: false });
  stripe.customers.create({ id: 'cus_1', metadata: { account: 'user_1' } });
  const limit = (value: number) => [{ name: 'requests', limit: value, duration: 3_600_000, autoApply: true }];
  unkey.putIdentity({ externalId: 'user_1', ratelimits: limit(1000) });
  unkey.putIdentity({ externalId: 'user_2', ratelimits: limit(100) });
});
afterEach(async () => {
  await standIns.close();
  await rm(folder, { recursive: true });
});

describe('planwire init', () => {
  it('writes a plan file that check takes, also against Stripe, and settings that doctor takes', async () => {
    const { stdout, stderr, exitCode } = await command([...flags, '--yes'], settings);
    expect(stderr).toBe('');
    expect(stdout).toContain('3 plans (free, team, scale) from 2 active recurring prices, 1 limit');
    expect(stdout).toContain('The identity is {{customer.metadata.account}}: so it is with 1 customer.');
    expect(exitCode).toBe(0);
    const text = await readFile(plans, 'utf8');
    expect(text).toMatch(/^# yaml-language-server: \$schema=plans\.schema\.json\n/);
    expect(text).toContain('requests: { limit: 1000, duration: 1h }');
    const read = { ...(parseEnv(await readFile(env, 'utf8')) as Record<string, string>), PLANS_FILE: plans };
    const checked = await command(['check', '--stripe'], read);
    expect(checked.stdout).toBe(`${plans} can be used: 3 plans, 0 add-ons, 0 warnings.\n`);
    expect(checked.exitCode).toBe(0);
    const examined = await command(['doctor'], { ...read, DATA_DIR: join(folder, 'data') });
    expect(examined.stdout).toMatch(/\n\d+ checks: 0 wrong, 1 to look at\.\n$/);
    expect(examined.stdout).toContain('! No webhook endpoint of test mode leads to /webhooks/stripe');
  });

  it('lets nobody else read the settings, and makes up an admin token', async () => {
    await command([...flags, '--yes'], settings);
    expect((await stat(env)).mode & 0o777).toBe(0o600);
    const read = parseEnv(await readFile(env, 'utf8'));
    expect(read).toMatchObject(settings);
    expect(read['ADMIN_TOKEN']).toMatch(/^[0-9a-f]{48}$/);
  });

  it('never overwrites: what is there stays as it is', async () => {
    await writeFile(plans, 'mine');
    const { stdout, exitCode } = await command([...flags, '--yes'], settings);
    expect(stdout).toContain(`${plans} stays as it is.`);
    expect(exitCode).toBe(0);
    expect(await readFile(plans, 'utf8')).toBe('mine');
    const again = await command([...flags, '--yes'], settings);
    expect(again.stderr).toContain('are there already and are left as they are');
    expect(again.exitCode).toBe(1);
    await rm(env);
    const { stdout: both } = await command([...flags, '--yes'], settings);
    expect(both).toContain(`${plans} and ${join(folder, 'plans.schema.json')} stay as they are.`);
  });

  it('asks for keys at a terminal, and before it writes', async () => {
    const { STRIPE_SECRET_KEY: key, UNKEY_ROOT_KEY: rootKey, STRIPE_WEBHOOK_SECRET: _, ...rest } = settings;
    const input = `${key}\n${rootKey}\n\ny\n`;
    const { stdout, exitCode } = await command(flags, rest, { terminal: true, input });
    expect(stdout).toContain('Stripe API key');
    expect(stdout).toContain('Unkey root key');
    expect(stdout).toContain('Write them? [y/N]');
    expect(stdout).not.toContain(rootKey);
    expect(exitCode).toBe(0);
    const read = parseEnv(await readFile(env, 'utf8'));
    expect(read).toMatchObject({
      STRIPE_SECRET_KEY: key,
      UNKEY_ROOT_KEY: rootKey,
      STRIPE_WEBHOOK_SECRET: '',
    });
  });

  it('has Stripe make the endpoint, keeps its secret, and then nothing is left to do', async () => {
    const { STRIPE_WEBHOOK_SECRET: _, ...rest } = settings;
    const create = [...flags, '--yes', '--create-endpoint', 'https://planwire.example'];
    const { stdout, exitCode } = await command(create, rest);
    expect(stdout).toMatch(
      /we_\w+ at Stripe leads to https:\/\/planwire\.example\/webhooks\/stripe; its secret is in /,
    );
    expect(exitCode).toBe(0);
    expect((await stat(env)).mode & 0o777).toBe(0o600);
    const read = parseEnv(await readFile(env, 'utf8')) as Record<string, string>;
    expect(read['STRIPE_WEBHOOK_SECRET']).toBe('whsec_sandbox');
    const examined = await command(['doctor'], {
      ...read,
      PLANS_FILE: plans,
      DATA_DIR: join(folder, 'data'),
    });
    expect(examined.stdout).toMatch(/\n\d+ checks: 0 wrong, 0 to look at\.\n$/);
  });

  it('looks at every account that is served, and has an endpoint made for them too', async () => {
    const { STRIPE_WEBHOOK_SECRET: _, ...rest } = settings;
    const account = standIns.stripe.connect('acct_1');
    account.products.create({ id: 'prod_1', name: 'Team' });
    account.products.create({ id: 'prod_2', name: 'Partner' });
    for (const id of ['prod_1', 'prod_2'])
      account.prices.create({ id: `price_of_${id}`, product: id, unit_amount: 2000 });
    const create = [...flags, '--yes', '--create-endpoint', 'https://planwire.example'];
    const served = { ...rest, STRIPE_ACCOUNTS: 'acct_1' };
    const { stdout, stderr, exitCode } = await command(create, served);
    expect(stderr).toBe('');
    expect(stdout).toContain('4 plans (free, team, partner, scale) from 4 active recurring prices');
    expect(stdout.match(/we_\w+ at Stripe leads to/g)).toHaveLength(2);
    expect(stdout).toContain('/webhooks/stripe for connected accounts; its secret is in');
    expect(exitCode).toBe(0);
    const text = await readFile(plans, 'utf8');
    expect(text).toContain(
      'match: [{ account: own, lookupKey: [team_monthly] }, { account: acct_1, product: prod_1 }]',
    );
    expect(text).toContain('match: [{ account: acct_1, product: prod_2 }]');
    expect(text).toContain('# Partner: acct_1/price_of_prod_2, $20.00 a month');
    const read = { ...(parseEnv(await readFile(env, 'utf8')) as Record<string, string>), PLANS_FILE: plans };
    expect(read).toMatchObject({
      STRIPE_ACCOUNTS: 'acct_1',
      STRIPE_WEBHOOK_SECRET: 'whsec_sandbox,whsec_sandbox',
    });
    const checked = await command(['check', '--stripe'], read);
    expect(checked.stdout).toBe(`${plans} can be used: 4 plans, 0 add-ons, 0 warnings.\n`);
    // The stand-in has one secret for all.
    const apart = { STRIPE_WEBHOOK_SECRET: 'whsec_sandbox,whsec_8kWq3nZr5tYb1c7d' };
    const examined = await command(['doctor'], { ...read, ...apart, DATA_DIR: join(folder, 'data') });
    expect(examined.stdout).toContain('Events of connected accounts are sent by we_');
    expect(examined.stdout).toMatch(/\n\d+ checks: 0 wrong, 0 to look at\.\n$/);
  });

  it('names the accounts whose prices it left out: those beyond 20, and those that the key may not read', async () => {
    const accounts = Array.from({ length: 25 }, (_, n) => `acct_${n}`);
    for (const account of accounts.slice(1)) standIns.stripe.connect(account);
    const all = { ...settings, STRIPE_ACCOUNTS: accounts.join(',') };
    const { stdout, exitCode } = await command([...flags, '--yes'], all);
    const sentence =
      'Left out: the prices of 7 accounts were not read: acct_19, acct_20, acct_21, acct_22, acct_23, acct_24 and acct_0.';
    expect(stdout).toContain(sentence);
    expect(await readFile(plans, 'utf8')).toContain(`# ${sentence}`);
    expect(exitCode).toBe(0);
  });

  it('takes the key of an organisation, and leaves its destination to its Workbench', async () => {
    const account = standIns.stripe.connect('acct_1');
    account.products.create({ id: 'prod_1', name: 'Solo' });
    account.prices.create({ id: 'price_solo', product: 'prod_1' });
    const ofOrganisation = {
      ...settings,
      STRIPE_SECRET_KEY: sandboxOrganisationKey,
      STRIPE_ACCOUNTS: 'acct_1',
    };
    const create = [...flags, '--yes', '--create-endpoint', 'https://planwire.example'];
    const refused = await command(create, ofOrganisation);
    expect(refused.stderr).toContain("make it in the organisation's Workbench");
    expect(refused.exitCode).toBe(2);
    const { stdout, exitCode } = await command([...flags, '--yes'], ofOrganisation);
    expect(stdout).toContain('2 plans (free, solo) from 1 active recurring price');
    expect(exitCode).toBe(0);
    expect(await readFile(plans, 'utf8')).toContain('match: [{ account: acct_1, product: prod_1 }]');
  });

  it('writes the files and says what is missing where the key may not make an endpoint', async () => {
    standIns.stripe.configure({ deniedPermissions: ['rak_webhook_write'] });
    const create = [...flags, '--yes', '--create-endpoint', 'https://planwire.example/webhooks/stripe'];
    const { stderr, exitCode } = await command(create, settings);
    expect(stderr).toMatch(/^The webhook endpoint could not be made \(403: .*rak_webhook_write/);
    expect(exitCode).toBe(1);
    expect((await readdir(folder)).toSorted()).toEqual(['.env', 'plans.schema.json', 'plans.yaml']);
  });

  it('takes no address to which deliveries would be lost', async () => {
    const { exitCode } = await command(
      [...flags, '--yes', '--create-endpoint', 'https://planwire.example/stripe'],
      settings,
    );
    expect(exitCode).toBe(2);
    expect(await readdir(folder)).toEqual([]);
  });

  it('writes nothing where nobody agrees, and where nobody can be asked', async () => {
    const refused = await command(flags, settings, { terminal: true, input: 'n\n' });
    const piped = await command(flags, settings);
    for (const { stderr, exitCode } of [refused, piped]) {
      expect(stderr).toBe('Nothing was written: add --yes to do it.\n');
      expect(exitCode).toBe(1);
    }
    expect(await readdir(folder)).toEqual([]);
  });

  it('names each key that is missing, and exits 3', async () => {
    const { stderr, exitCode } = await command([...flags, '--yes'], {});
    expect(stderr).toMatch(/^STRIPE_SECRET_KEY is required: .*\nUNKEY_ROOT_KEY is required: .*\n$/);
    expect(exitCode).toBe(3);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    [
      { STRIPE_SECRET_KEY: 'rk_test_wrong' },
      /^Stripe did not answer with its prices \(401: .*STRIPE_SECRET_KEY/,
    ],
    [{ UNKEY_ROOT_KEY: 'unkey_wrong' }, /^Unkey did not answer with its identities \(401: .*UNKEY_ROOT_KEY/],
  ])('writes nothing with a key that is refused: %o', async (wrong, said) => {
    const { stderr, exitCode } = await command([...flags, '--yes'], { ...settings, ...wrong });
    expect(stderr).toMatch(said);
    expect(exitCode).toBe(1);
    expect(await readdir(folder)).toEqual([]);
  });
});
