import { Command } from 'commander';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { register } from '../../src/cli/commands/check.ts';
import { listActivePrices } from '../../src/cli/commands/list-active-prices.ts';
import { sandboxStripeKey, startStripeSandbox } from '../../src/sandbox/stripe.ts';
import type { ListActivePrices } from '../../src/cli/commands/check.ts';
import { shop } from '../domain/build.ts';

let folder = '';
let good = '';
let bad = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'planwire-check-'));
  good = join(folder, 'plans.yaml');
  bad = join(folder, 'bad.yaml');
  await writeFile(good, shop);
  await writeFile(
    bad,
    'version: 1\nidentity: { externalId: "{{customer.id}}" }\nplans:\n  free: { rnk: 0 }\nfallback: fre\n',
  );
});
afterAll(() => rm(folder, { recursive: true }));

const noStripe: ListActivePrices = () => Promise.reject(new Error('Stripe must not be asked'));

async function check(args: readonly string[], env: NodeJS.ProcessEnv = {}, listActivePrices = noStripe) {
  let stdout = '';
  let stderr = '';
  let code: number | null = null;
  const into = (write: (text: string) => void) =>
    new Writable({
      write: (chunk: Buffer, _, done) => {
        write(chunk.toString());
        done();
      },
    });
  const program = new Command().exitOverride();
  register(
    program,
    {
      stdout: into((text) => (stdout += text)),
      stderr: into((text) => (stderr += text)),
      env,
      setExitCode: (set) => (code = set),
    },
    listActivePrices,
  );
  await program.parseAsync(['check', ...args], { from: 'user' });
  return { stdout, stderr, code };
}

const price = (id: string, lookupKey: string | null, productId = 'prod_x', tier?: string) => ({
  price: { id, lookupKey, metadata: {} },
  product: { id: productId, metadata: tier === undefined ? {} : { tier } },
  recurring: true,
});
const prices = [
  price('price_1', 'team_monthly'),
  price('price_2', 'team_yearly'),
  price('price_3', null, 'prod_team'),
  price('price_4', null, 'prod_y', 'pro'),
  price('price_5', 'boost'),
];
const noOffers = { ok: true as const, value: [], requests: [] };
const nobodyHas = () =>
  Promise.resolve({ ok: true as const, value: { prices: [], asked: 0, notAsked: 0 }, requests: [] });
const answering =
  (value: typeof prices): ListActivePrices =>
  () =>
    Promise.resolve({
      ok: true,
      prices: { ok: true, value: { prices: value, read: ['own'], notRead: [] }, requests: [] },
      archivedInUse: nobodyHas,
      trialPrices: noOffers,
    });

describe('planwire check', () => {
  it('says that a good file can be used, and exits 0', async () => {
    expect(await check(['--plans', good])).toEqual({
      stdout: `${good} can be used: 3 plans, 1 add-on, 0 warnings.\n`,
      stderr: '',
      code: 0,
    });
  });

  it('takes the file from PLANS_FILE where none is named', async () => {
    expect((await check([], { PLANS_FILE: good })).code).toBe(0);
  });

  it('takes an empty PLANS_FILE for an absent one, as planwire start does', async () => {
    expect((await check([], { PLANS_FILE: '' })).stdout).toMatch(/^plans\.yaml[: ]/);
  });

  it('prints every problem of a bad file, a sentence each, and exits 1', async () => {
    expect(await check(['--plans', bad])).toEqual({
      stdout: `${bad}:4:11 plans.free.rnk: "rnk" is not a key that is known here; write "rank".
${bad}:5:11 fallback: there is no plan called "fre"; write "free".
${bad} has 2 problems.
`,
      stderr: '',
      code: 1,
    });
  });

  it('names the place where a file ceases to be UTF-8, and exits 1', async () => {
    const latin = join(folder, 'latin1.yaml');
    await writeFile(latin, Buffer.from('version: 1\nfallback: caf\u00e9\n', 'latin1'));
    expect(await check(['--plans', latin])).toMatchObject({
      stdout: `${latin}:2:14 the text is not UTF-8 from here on; save the file as UTF-8.\n${latin} has 1 problem.\n`,
      code: 1,
    });
  });

  it('says of a file that is not there what to do, and exits 1', async () => {
    const none = join(folder, 'none.yaml');
    expect(await check(['--plans', none])).toMatchObject({
      stdout: `${none}:1:1 there is no such file; set PLANS_FILE or --plans to your plan file.\n${none} has 1 problem.\n`,
      code: 1,
    });
  });

  it('shows warnings and exits 0 all the same', async () => {
    const file = join(folder, 'warned.yaml');
    await writeFile(file, shop.replace('limit: 9000,', 'limit: 90,'));
    const { stdout, code } = await check(['--plans', file]);
    expect(stdout).toBe(
      `warning: ${file}:33:26 plans.pro.ratelimits.requests.limit: 90 is less than the 100 of the fallback "free": who pays would get less; write at least 100.
${file} can be used: 3 plans, 1 add-on, 1 warning.
`,
    );
    expect(code).toBe(0);
  });

  it('prints one JSON object with --json, good or bad', async () => {
    const found = JSON.parse((await check(['--plans', good, '--json'])).stdout) as unknown;
    expect(found).toEqual({
      ok: true,
      file: good,
      hash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as unknown,
      problems: [],
      warnings: [],
      catalog: null,
    });
    const { stdout, code } = await check(['--plans', bad, '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      hash: null,
      problems: [
        { line: 4, column: 11, path: 'plans.free.rnk' },
        { path: 'fallback', remedy: 'write "free"' },
      ],
    });
  });
});

describe('planwire check --stripe', () => {
  it('exits 0 where every active price is matched and every match names one', async () => {
    expect(await check(['--plans', good, '--stripe'], {}, answering(prices))).toEqual({
      stdout: `${good} can be used: 3 plans, 1 add-on, 0 warnings.\n`,
      stderr: '',
      code: 0,
    });
  });

  it('names prices that nothing matches and prices that two match, and exits 1', async () => {
    const more = [...prices, price('price_6', 'gold'), price('price_7', 'boost', 'prod_team')];
    expect(await check(['--plans', good, '--stripe'], {}, answering(more))).toEqual({
      stdout: `problem: active price price_7 (product prod_team, lookup key boost) is matched by plan team and add-on boost; keep it in one.
problem: active price price_6 (product prod_x, lookup key gold) is matched by no plan and no add-on; add it to a match.
${good} does not fit the prices in Stripe: 2 problems.
`,
      stderr: '',
      code: 1,
    });
  });

  it('only warns of unmatched prices where the plan file ignores them', async () => {
    const file = join(folder, 'ignoring.yaml');
    await writeFile(file, `${shop}unmapped: ignore\n`);
    const { stdout, code } = await check(
      ['--plans', file, '--stripe'],
      {},
      answering([...prices, price('price_6', null)]),
    );
    expect(stdout).toContain(
      'warning: active price price_6 (product prod_x) is matched by no plan and no add-on;',
    );
    expect(code).toBe(0);
  });

  it('warns of a match that fits no active price, which may be there for customers of an archived one', async () => {
    const { stdout, code } = await check(['--plans', good, '--stripe'], {}, answering(prices.slice(1)));
    expect(stdout).toContain(
      'warning: plans.team.match[0]: no active price fits lookupKey team_monthly; remove it unless customers still have an archived one.',
    );
    expect(stdout).toContain(`${good} can be used: 3 plans, 1 add-on, 1 warning.`);
    expect(code).toBe(0);
  });

  it('names the account of what a connected account sells, and the accounts that were not read', async () => {
    const stripe = await startStripeSandbox({ webhookSecret: 'whsec_check' });
    try {
      const account = stripe.connect('acct_1');
      for (const id of ['prod_x', 'prod_team']) account.products.create({ id });
      account.prices.create({ id: 'price_new', product: 'prod_x' });
      account.prices.create({ id: 'price_old', product: 'prod_x', active: false });
      account.prices.create({ id: 'price_trial', product: 'prod_x' });
      account.prices.create({ id: 'price_team', product: 'prod_team' });
      account.trialOffers.create({ price: 'price_trial', becomes: 'price_team' });
      account.customers.create({ id: 'cus_1' });
      account.subscriptions.create({ customer: 'cus_1', items: [{ price: 'price_old' }] });
      const env = {
        STRIPE_SECRET_KEY: sandboxStripeKey,
        STRIPE_API_BASE_URL: stripe.url,
        STRIPE_ACCOUNTS: 'acct_1,acct_left',
      };
      const { stdout } = await check(['--plans', good, '--stripe'], env, listActivePrices);
      for (const line of [
        'problem: active price price_new (account acct_1, product prod_x) is matched by no plan',
        'problem: archived price price_old (account acct_1, product prod_x) is matched by no plan',
        'trial offer: price price_trial (account acct_1) turns into price_team, which is of plan team.',
        'warning: the prices of 1 account were not read: acct_left.',
      ])
        expect(stdout).toContain(line);
      // What acct_left sells may fit.
      expect(stdout).not.toContain('no active price fits');
      const own = await check(
        ['--plans', good, '--stripe'],
        { ...env, STRIPE_ACCOUNTS: '' },
        listActivePrices,
      );
      expect(own.stdout).not.toContain('acct_');
      expect(own.stdout).toContain('no active price fits');
    } finally {
      await stripe.close();
    }
  });

  it('does not ask Stripe about a file that cannot be used', async () => {
    expect((await check(['--plans', bad, '--stripe'])).code).toBe(1);
  });

  it('exits 3 with what to set where the settings for Stripe are missing', async () => {
    const unset: ListActivePrices = () =>
      Promise.resolve({ ok: false, problems: ['STRIPE_SECRET_KEY is required.'] });
    expect(await check(['--plans', good, '--stripe'], {}, unset)).toEqual({
      stdout: '',
      stderr: 'STRIPE_SECRET_KEY is required.\n',
      code: 3,
    });
  });

  it('says what to repair where Stripe refuses, and exits 1', async () => {
    const refusing: ListActivePrices = () =>
      Promise.resolve({
        ok: true,
        archivedInUse: nobodyHas,
        trialPrices: noOffers,
        prices: {
          ok: false,
          requests: [],
          failure: {
            service: 'stripe',
            operation: 'prices.list',
            kind: 'http',
            status: 401,
            type: null,
            title: 'Stripe does not accept the secret key',
            detail: 'Invalid API Key provided.',
            docs: null,
            requestId: null,
            retryAfterMs: null,
            rateLimitedReason: null,
          },
        },
      });
    expect(await check(['--plans', good, '--stripe'], {}, refusing)).toMatchObject({
      stderr:
        'Stripe did not answer with its prices (401: Stripe does not accept the secret key). Replace the key in STRIPE_SECRET_KEY: Invalid API Key provided.\n',
      code: 1,
    });
  });
});

describe('a large plan file', () => {
  it('of 200 plans with 2,000 matches is checked without a finding', async () => {
    const file = join(folder, 'large.yaml');
    const plans = Array.from({ length: 200 }, (_, plan) => {
      const entries = Array.from(
        { length: 10 },
        (_, index) => `      - lookupKey: [key_${plan}_${index}, other_${plan}_${index}]\n`,
      );
      return `  plan${plan}:\n    rank: ${plan}\n    match:\n${entries.join('')}    meta: { plan: "{{plan}}" }\n    ratelimits:\n      requests: { limit: ${1000 + plan}, duration: 1h }\n`;
    });
    await writeFile(
      file,
      `version: 1\nidentity: { externalId: "{{customer.id}}" }\nplans:\n${plans.join('')}`,
    );
    const started = performance.now();
    const { stdout, code } = await check(['--plans', file]);
    console.log(`check of 200 plans with 2,000 matches: ${Math.round(performance.now() - started)} ms`);
    expect(stdout).toBe(`${file} can be used: 200 plans, 0 add-ons, 0 warnings.\n`);
    expect(code).toBe(0);
  });

  it('names archived prices that nothing matches and customers still have, and no others', async () => {
    const stripe = await startStripeSandbox({ webhookSecret: 'whsec_check' });
    try {
      stripe.products.create({ id: 'prod_old' });
      for (const id of ['price_kept', 'price_unused']) {
        stripe.prices.create({ id, product: 'prod_old', active: false });
      }
      stripe.prices.create({ id: 'price_team', product: 'prod_old', lookup_key: 'team_yearly' });
      stripe.prices.create({ id: 'price_trial', product: 'prod_old' });
      stripe.trialOffers.create({ price: 'price_trial', becomes: 'price_team' });
      stripe.customers.create({ id: 'cus_1' });
      const items = [{ price: 'price_kept' }];
      stripe.subscriptions.create({ id: 'sub_1', customer: 'cus_1', status: 'active', items });
      const env = { STRIPE_SECRET_KEY: sandboxStripeKey, STRIPE_API_BASE_URL: stripe.url };
      const { stdout, code } = await check(['--plans', good, '--stripe'], env, listActivePrices);
      expect(stdout).toContain(
        'problem: archived price price_kept (product prod_old) is matched by no plan and no add-on, and customers still have it; add it to a match.\n',
      );
      expect(stdout).not.toContain('price_unused');
      expect(stdout).toContain('trial offer: price price_trial turns into price_team, which is of plan ');
      expect(stdout).toContain('does not fit the prices in Stripe: 1 problem.');
      expect(code).toBe(1);
    } finally {
      await stripe.close();
    }
  });
});
