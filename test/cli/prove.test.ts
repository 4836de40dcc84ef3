import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { command, settingsOf } from '../support/command.ts';
import { startPipeline, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';

let pipeline: Pipeline;
let folder: string;
let env: Record<string, string>;

beforeEach(async () => {
  pipeline = await startPipeline({ store: 'redis', plans: plansText });
  folder = await mkdtemp(join(tmpdir(), 'planwire-prove-'));
  await writeFile(join(folder, 'plans.yaml'), plansText);
  env = { ...settingsOf(pipeline, join(folder, 'plans.yaml')), UNKEY_API_ID: 'api_1' };
  const { stripe, unkey } = pipeline;
  makeCatalog(stripe);
  unkey.putIdentity({ externalId: 'user_1' });
  unkey.putKey({ key: 'sk_plain', keyId: 'key_1', apiId: 'api_1', externalId: 'user_1' });
  const own = { name: 'requests', limit: 50, duration: 3_600_000, autoApply: true };
  unkey.putKey({ key: 'sk_own', keyId: 'key_2', apiId: 'api_1', externalId: 'user_1', ratelimits: [own] });
  unkey.putKey({ key: 'sk_nobody', keyId: 'key_3', apiId: 'api_1' });
  stripe.customers.create({ id: 'cus_1', metadata: { user_id: 'user_1' } });
  stripe.subscriptions.create({ id: 'sub_1', customer: 'cus_1', items: [{ price: 'price_team' }] });
  await pipeline.settled();
});
afterEach(async () => {
  await pipeline.stop();
  await rm(folder, { recursive: true, force: true });
});

const prove = (input: string, ...args: readonly string[]) =>
  command(['prove', '--key', '-', ...args], env, { input });

it('proves that a key is held to what was decided, those limits too that apply only where they are named', async () => {
  const ran = await prove('sk_plain\n');
  expect(ran.stdout).toBe(
    'cus_1 user_1: VALID\n✓\trequests\t1,000/1h\t1,000/1h\n✓\ttokens\t1,000,000/1d\t1,000,000/1d\n',
  );
  expect(ran.exitCode).toBe(0);
});

it('shows where a limit of the key takes the place of the identity’s, as explain does', async () => {
  const ran = await prove('sk_own', '--json');
  expect(JSON.parse(ran.stdout)).toMatchObject({
    customer: 'cus_1',
    externalId: 'user_1',
    valid: true,
    limits: [
      { name: 'requests', should: { limit: 1000 }, enforced: { limit: 50 }, right: false },
      { name: 'tokens', right: true },
    ],
  });
  expect(ran.exitCode).toBe(1);
  const explained = await command(['explain', 'cus_1'], env);
  expect(explained.stdout).toContain(
    "1 of 2 keys override requests: key_2. A key's own limit beats the identity's.",
  );
});

it('uses nothing up, and keeps the key nowhere', async () => {
  await prove('sk_plain');
  const asked = pipeline.unkey.requests('keys.verifyKey').map(({ body }) => body);
  expect(asked).toHaveLength(2);
  expect(asked.at(-1)).toMatchObject({
    credits: { cost: 0 },
    ratelimits: [
      { name: 'requests', cost: 0 },
      { name: 'tokens', cost: 0 },
    ],
  });
  expect(pipeline.log.join('\n')).not.toContain('sk_plain');
});

it.each([
  ['sk_nobody', 'This key belongs to no identity.'],
  ['sk_wrong', 'Unkey says NOT_FOUND of this key.'],
  ['', 'Standard input has no key.'],
])('says of %j: %s', async (key, sentence) => {
  const ran = await prove(key);
  expect(ran.stderr).toContain(sentence);
  expect(ran.exitCode).toBe(1);
});

it('takes no key as an argument', async () => {
  const ran = await command(['prove', '--key', 'sk_plain'], env);
  expect(ran.stderr).toContain('Give the key on standard input');
  expect(ran.exitCode).toBe(2);
});
