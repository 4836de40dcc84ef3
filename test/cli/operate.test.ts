import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command, settingsOf, type Ran } from '../support/command.ts';
import { startPipeline, waitFor, type Pipeline } from '../support/pipeline.ts';
import { aRun } from '../support/run-fixture.ts';
import { makeCatalog, plansText } from '../support/plans.ts';

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

let folder: string;
let plansFile: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'planwire-cli-'));
  plansFile = join(folder, 'plans.yaml');
  await writeFile(plansFile, plansText);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Door {
  readonly name: string;
  readonly store: 'redis' | 'embedded';
  readonly argv: (pipeline: Pipeline) => readonly string[];
  readonly env: (pipeline: Pipeline) => Record<string, string>;
}

const client: readonly Door[] = [
  {
    name: 'straight on Redis',
    store: 'redis',
    argv: () => [],
    env: (pipeline) => settingsOf(pipeline, plansFile),
  },
  {
    name: 'through the server that has the embedded store, found by its settings',
    store: 'embedded',
    argv: () => [],
    env: (pipeline) => settingsOf(pipeline, plansFile),
  },
  {
    name: 'through --url, with the token and nothing else',
    store: 'embedded',
    argv: ({ url }) => ['--url', url],
    env: ({ service }) => ({ ADMIN_TOKEN: service.context.config.adminToken ?? '' }),
  },
];

describe.each(client)('commands $name', (door) => {
  let pipeline: Pipeline;
  const run = (argv: readonly string[], options = {}): Promise<Ran> =>
    command([...argv, ...door.argv(pipeline)], door.env(pipeline), options);
  const json = async (argv: readonly string[]): Promise<unknown> =>
    JSON.parse((await run([...argv, '--json'])).stdout) as unknown;

  beforeAll(async () => {
    pipeline = await startPipeline({ store: door.store, plans: plansText, env: { DOWNGRADE_GUARD: '1/1h' } });
    makeCatalog(pipeline.stripe);
    pipeline.stripe.prices.create({ id: 'price_stray', product: 'prod_boost' }, { copies: 0 });
    for (const [name, price] of [
      ['fine', 'price_team'],
      ['falls', 'price_scale'],
      ['held', 'price_scale'],
      ['stray', 'price_stray'],
    ] as const) {
      const customer = `cus_${name}`;
      pipeline.stripe.customers.create({ id: customer, metadata: { user_id: `user_${name}` } });
      const items = [{ price }];
      pipeline.stripe.subscriptions.create({ id: `sub_${name}`, customer, status: 'active', items });
    }
    await pipeline.settled();
    pipeline.stripe.subscriptions.remove('sub_falls');
    await pipeline.settled();
    pipeline.stripe.subscriptions.remove('sub_held');
    await pipeline.settled();
    expect(pipeline.outcomes.at(-1)?.status).toBe('held');
  });
  afterAll(() => pipeline.stop());

  it('outcomes prints the newest first, a line each, its fields separated by tabs', async () => {
    const { stdout, exitCode } = await run(['outcomes', '--limit', '2']);
    expect(exitCode).toBe(0);
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'));
    expect(rows).toHaveLength(2);
    expect(rows[0]?.slice(1, 3)).toEqual(['held', 'cus_held']);
    expect(rows.map((row) => row.at(-1))).toEqual(
      // Those before them ended at once: either may be announced first.
      pipeline.outcomes
        .slice(-2)
        .toReversed()
        .map(({ id }) => id),
    );
  });

  it('outcomes --json prints what the admin API answers', async () => {
    const printed = await json(['outcomes', '--status', 'failed']);
    const { body } = await pipeline.get('/v1/outcomes?status=failed');
    expect(printed).toEqual({ outcomes: (body as { outcomes: unknown }).outcomes });
  });

  it('outcomes pages on where more is asked for than one page holds', async () => {
    const printed = (await json(['outcomes', '--limit', '1000'])) as {
      outcomes: { id: string; finishedAt: string }[];
    };
    const ids = printed.outcomes.map(({ id }) => id);
    // Of two that end at once either may be announced first.
    expect(ids.toSorted(byText)).toEqual(pipeline.outcomes.map(({ id }) => id).toSorted(byText));
    const times = printed.outcomes.map(({ finishedAt }) => finishedAt);
    expect(times).toEqual(times.toSorted(byText).toReversed());
  });

  it('outcomes ID finds by any id, and says so and exits 1 where there is nothing', async () => {
    const failed = pipeline.outcomes.find(({ status }) => status === 'failed');
    const one = await run(['outcomes', failed?.id ?? '']);
    expect(one.stdout).toContain('unmapped_item');
    for (const sentence of failed?.explanation ?? []) expect(one.stdout).toContain(sentence);
    const none = await run(['outcomes', 'evt_unheard']);
    expect(none).toMatchObject({ exitCode: 1, stdout: 'Nothing is known about evt_unheard.\n' });
  });

  it('outcomes --watch prints what comes, until it is ended', async () => {
    const ending = new AbortController();
    let seen = '';
    const onOutput = (text: string): void => void (seen = text);
    const watching = run(['outcomes', '--watch', '--json'], { signal: ending.signal, onOutput });
    await waitFor(() => seen !== '');
    await run(['sync', 'cus_fine', '--no-wait']);
    await waitFor(() => seen.includes('"kind":"manual"'));
    ending.abort();
    expect((await watching).exitCode).toBe(0);
    const ids = seen
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('failing lists who is failing, and exits 1', async () => {
    const { stdout, exitCode } = await run(['failing']);
    expect(exitCode).toBe(1);
    expect(stdout.trimEnd().split('\t').slice(1)).toEqual(['cus_stray', 'user_stray', '–', 'unmapped_item']);
  });

  it('explain says what the next sync says, changes nothing, and exits 0 where all is right', async () => {
    const right = await run(['explain', 'user_fine']);
    expect(right.exitCode).toBe(0);
    expect(right.stdout).toContain('nothing to send');
    const before = pipeline.outcomes.length;
    const wrong = await run(['explain', 'cus_stray']);
    expect(wrong.exitCode).toBe(1);
    const failed = pipeline.outcomes.find(({ status }) => status === 'failed');
    for (const sentence of failed?.explanation ?? []) expect(wrong.stdout).toContain(sentence);
    expect(pipeline.outcomes).toHaveLength(before);
    const nobody = await run(['explain', 'nobody']);
    expect(nobody).toMatchObject({ exitCode: 1, stderr: 'Neither Planwire nor Stripe knows nobody.\n' });
  });

  it('explain prints the exact request', async () => {
    pipeline.unkey.putIdentity({ externalId: 'user_fine', meta: { mine: 1 }, ratelimits: [] });
    const { request } = (await json(['explain', 'cus_fine'])) as { request: unknown };
    expect(request).toMatchObject({ identity: 'user_fine', meta: { mine: 1, plan: 'team' } });
    const printed = await run(['explain', 'cus_fine']);
    expect(printed.stdout).toContain(JSON.stringify(request, null, 2));
  });

  it('sync makes it so and prints the outcome; one that fails exits 1', async () => {
    const { stdout, exitCode } = await run(['sync', 'cus_fine']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^applied out_/);
    expect(pipeline.unkey.identity('user_fine')?.meta).toMatchObject({ mine: 1, plan: 'team' });
    expect((await run(['sync', 'cus_stray'])).exitCode).toBe(1);
  });

  it('replay --failed counts first, and does nothing without --yes', async () => {
    const dry = await run(['replay', '--failed', '--dry-run']);
    expect(dry).toMatchObject({ exitCode: 0, stdout: '1 customer would be synced again.\n' });
    const counted = await run(['runs', '--kind', 'replay', '--limit', '1']);
    expect(counted.stdout.split('\t').slice(1, 4)).toEqual(['done', 'replay', '1/1']);
    const before = pipeline.outcomes.length;
    expect(await run(['replay', '--failed'])).toMatchObject({ exitCode: 1 });
    expect(await json(['replay', '--failed', '--error', 'other', '--dry-run'])).toEqual({
      customers: 0,
      dryRun: true,
    });
    await pipeline.settled();
    expect(pipeline.outcomes).toHaveLength(before);
  });

  it('replay by filter and by id ends with what came of it', async () => {
    const still = await run(['replay', '--failed', '--yes']);
    expect(still).toMatchObject({
      exitCode: 1,
      stdout: '1 customer synced again, 1 of them still failing.\n',
    });
    pipeline.stripe.subscriptions.update('sub_stray', { items: [{ price: 'price_team', quantity: 1 }] });
    await pipeline.settled();
    const one = await run(['replay', 'sub_stray']);
    expect(one).toMatchObject({
      exitCode: 0,
      stdout: '1 customer synced again, none is failing.\n',
    });
    expect(await run(['failing'])).toMatchObject({ exitCode: 0, stdout: 'Nobody is failing.\n' });
    expect(await run(['replay', 'evt_unheard'])).toMatchObject({ exitCode: 1 });
  });

  it('held lists held downgrades and lets them through', async () => {
    const held = await run(['held']);
    expect(held.exitCode).toBe(1);
    expect(held.stdout).toContain('cus_held');
    expect(await run(['held', '--release', 'cus_fine'])).toMatchObject({
      exitCode: 1,
      stderr: 'cus_fine is not held.\n',
    });
    expect(await run(['held', '--release', 'cus_held'])).toMatchObject({
      exitCode: 0,
      stdout: '1 downgrade released.\n',
    });
    await pipeline.settled();
    expect(pipeline.unkey.identity('user_held')?.meta).toEqual({ plan: 'free' });
    expect(await run(['held'])).toMatchObject({ exitCode: 0, stdout: 'Nobody is held.\n' });
    expect(await run(['held', '--all'])).toMatchObject({ exitCode: 0, stdout: '0 downgrades released.\n' });
  });

  it('runs lists bulk work newest first, shows one, follows it, and aborts', async () => {
    const { replayId } = (await json(['replay', 'cus_fine'])) as { replayId: string };
    const listed = await run(['runs', '--kind', 'replay', '--limit', '1']);
    expect(listed.exitCode).toBe(0);
    expect(listed.stdout.trimEnd().split('\t').slice(1)).toEqual(['done', 'replay', '1/1', replayId]);
    const { body } = await pipeline.get(`/v1/runs/${replayId}`);
    expect(await json(['runs', replayId])).toEqual(body);
    const followed = await run(['runs', replayId, '--watch']);
    expect(followed.exitCode).toBe(0);
    expect(followed.stdout).toContain(`done replay ${replayId}\n  1 of 1 customer done\n`);
    expect(followed.stdout).toContain('for id cus_fine');
    expect(await run(['runs', '--abort', replayId])).toMatchObject({
      exitCode: 0,
      stdout: `${replayId} had ended before: done.\n`,
    });
    const { runs } = pipeline.service.context.store;
    // One that no worker takes meanwhile.
    const waiting = await runs.create(aRun({ state: 'paused' }));
    expect(await run(['runs', '--abort', waiting.id])).toMatchObject({
      exitCode: 0,
      stdout: `${waiting.id} is aborted.\n`,
    });
    expect((await run(['runs', waiting.id, '--watch'])).exitCode).toBe(1);
    expect(await run(['runs', 'run_none'])).toMatchObject({
      exitCode: 1,
      stderr: 'There is no run run_none.\n',
    });
  });

  it('keeps every line of a terminal within 80 columns', async () => {
    const asked = [
      ['outcomes'],
      ['outcomes', 'cus_fine'],
      ['outcomes', pipeline.outcomes.find(({ status }) => status === 'failed')?.id ?? ''],
      ['failing'],
      ['held'],
      ['runs'],
      ['sync', 'cus_fine'],
    ];
    for (const argv of asked) {
      const { stdout } = await run(argv, { terminal: true });
      const lines = stripVTControlCharacters(stdout).split(/[\r\n]/);
      expect(
        lines.filter((line) => line.length > 80),
        argv.join(' '),
      ).toEqual([]);
    }
  });
});

describe('without a server, the embedded store', () => {
  it('is opened by the command itself, which says that nothing runs until planwire start does', async () => {
    const pipeline = await startPipeline({ store: 'embedded', plans: plansText });
    const env = { ...settingsOf(pipeline, plansFile), DATA_DIR: join(folder, 'alone') };
    await (await import('node:fs/promises')).mkdir(env.DATA_DIR);
    pipeline.stripe.customers.create({ id: 'cus_1', metadata: { user_id: 'user_1' } });
    const asked = await command(['sync', 'cus_1'], env);
    expect(asked.stdout).toBe('A sync of cus_1 is asked for; it runs once planwire start runs here.\n');
    expect((await command(['replay', 'cus_1'], env)).stdout).toContain(
      'it runs once planwire start runs here',
    );
    expect(await command(['outcomes'], env)).toMatchObject({ exitCode: 0, stdout: 'No outcomes.\n' });
    await pipeline.stop();
  });
});

describe('a command that cannot reach Planwire says why in one sentence:', () => {
  const settings = {
    STRIPE_WEBHOOK_SECRET: 'whsec_x',
    STRIPE_SECRET_KEY: 'sk_test_x',
    UNKEY_ROOT_KEY: 'key',
    ADMIN_TOKEN: 'a-token-for-tests-only',
  };

  it('settings that are missing', async () => {
    const { exitCode, stderr } = await command(['failing'], {});
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/STRIPE_WEBHOOK_SECRET is required/);
    expect(stderr).toMatch(/--url/);
  });

  it('a folder that is not there, which it does not make', async () => {
    const DATA_DIR = join(folder, 'nowhere');
    const { exitCode, stderr } = await command(['failing'], { ...settings, DATA_DIR, PLANS_FILE: plansFile });
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/There is no store: .*nowhere does not exist/);
  });

  it('a plan file that is not there', async () => {
    const env = { ...settings, DATA_DIR: folder, PLANS_FILE: join(folder, 'none.yaml') };
    const { exitCode, stderr } = await command(['explain', 'cus_1'], env);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/The plan file cannot be used/);
  });

  it('--url without a token', async () => {
    const { exitCode, stderr } = await command(['failing', '--url', 'http://127.0.0.1:9'], {});
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/Set ADMIN_TOKEN/);
  });

  it('--url that is no address', async () => {
    const { exitCode, stderr } = await command(['failing', '--url', 'localhost:3000'], settings);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/is not an address/);
  });

  it('an address where nobody answers', async () => {
    const { exitCode, stderr } = await command(['failing', '--url', 'http://127.0.0.1:9'], settings);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^http:\/\/127\.0\.0\.1:9 does not answer/);
  });

  it('a wrong token, an admin API that is off, a store in use by a server without a token', async () => {
    const pipeline = await startPipeline({ store: 'embedded', plans: plansText });
    const wrong = await command(['failing', '--url', pipeline.url], { ADMIN_TOKEN: 'quite-another-token' });
    expect(wrong).toMatchObject({
      exitCode: 3,
      stderr: `ADMIN_TOKEN is not the token of ${pipeline.url}.\n`,
    });
    const { ADMIN_TOKEN: _, ...env } = settingsOf(pipeline, plansFile);
    const inUse = await command(['failing'], env);
    expect(inUse.exitCode).toBe(3);
    expect(inUse.stderr).toMatch(/is in use by process \d+\. Set ADMIN_TOKEN/);
    await pipeline.stop();

    const off = await startPipeline({ store: 'embedded', plans: plansText, env: { ADMIN_TOKEN: '' } });
    const refused = await command(['failing', '--url', off.url], settings);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(/admin API is off/);
    await off.stop();
  });

  it.each([
    [['replay'], /either an ID or --failed/],
    [['replay', 'cus_1', '--failed'], /either an ID or --failed/],
    [['replay', 'cus_1', '--since', '2h'], /belong to --failed/],
    [['replay', '--failed', '--since', 'yesterday'], /Give a time such as 2h/],
    [['outcomes', '--status', 'lost'], /Allowed choices are applied/],
    [['outcomes', '--limit', 'many'], /whole number/],
    [['held', '--release', 'cus_1', '--all'], /either --release CUSTOMER or --all/],
    [['runs', 'run_1', '--abort', 'run_1'], /takes the ID of the run/],
    [['runs', '--state', 'over'], /Allowed choices are running/],
    [['sync'], /missing required argument/],
    [['explain'], /missing required argument/],
  ])('%j is wrong usage, exit 2', async (argv, message) => {
    const { exitCode, stderr } = await command(argv, settings);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
  });
});
