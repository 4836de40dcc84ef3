import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sandboxRootKey } from '../../src/sandbox/unkey.ts';
import { runCommand } from '../support/api-command.ts';
import { unkeyAndClient } from '../support/unkey-sandbox.ts';

const requests = { name: 'requests', limit: 1000, duration: 3_600_000, autoApply: true };
const tokens = { name: 'tokens', limit: 5, duration: 60_000, autoApply: false };

async function seeded() {
  const { sandbox } = await unkeyAndClient();
  sandbox.putIdentity({
    id: 'id_1',
    externalId: 'user_1',
    meta: { plan: 'free' },
    ratelimits: [tokens, requests],
  });
  const env = { UNKEY_ROOT_KEY: sandboxRootKey, UNKEY_API_BASE_URL: sandbox.url };
  const api = (command: string, ...flags: string[]) =>
    runCommand(['api', 'identities', command, ...flags], env);
  const update = (...flags: string[]) => api('update-identity', '--identity=user_1', ...flags);
  return { sandbox, env, api, update };
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'planwire-api-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

describe('update-identity', () => {
  it('prints the request id with the latency, a blank line and the identity, limits by name', async () => {
    const { sandbox, update } = await seeded();
    const { stdout, stderr, exitCode } = await update('--meta-json={"plan":"team"}');
    const [first, second, ...rest] = stdout.split('\n');
    expect(first).toMatch(/^req_\w+ \(took \d+ms\)$/);
    expect(first).toContain(sandbox.requests()[0]?.requestId);
    expect(second).toBe('');
    const shown = JSON.parse(rest.join('\n')) as Record<string, object[]>;
    expect(Object.keys(shown)).toEqual(['id', 'externalId', 'meta', 'ratelimits']);
    expect(shown).toMatchObject({ meta: { plan: 'team' }, ratelimits: [requests, tokens] });
    expect(Object.keys(shown['ratelimits']?.[0] ?? {})).toEqual([
      'id',
      'name',
      'limit',
      'duration',
      'autoApply',
    ]);
    expect(stdout.endsWith('}\n')).toBe(true);
    expect([stderr, exitCode]).toEqual(['', 0]);
  });

  it.each([['--output=json'], ['--json']])('prints the whole envelope with %s', async (flag) => {
    const { update } = await seeded();
    const { stdout } = await update('--meta-json={"plan":"team"}', flag);
    const envelope = JSON.parse(stdout) as object;
    expect(Object.keys(envelope)).toEqual(['meta', 'data']);
    expect(envelope).toMatchObject({
      meta: { requestId: expect.stringMatching(/^req_/) },
      data: { id: 'id_1' },
    });
  });

  it('keeps what a flag leaves out', async () => {
    const { sandbox, update } = await seeded();
    await update();
    await update('--meta-json=', '--ratelimits-json=');
    expect(sandbox.requests().map(({ body }) => body)).toEqual([
      { identity: 'user_1' },
      { identity: 'user_1' },
    ]);
    expect(sandbox.identity('user_1')).toMatchObject({
      meta: { plan: 'free' },
      ratelimits: [tokens, requests],
    });
  });

  it('really clears metadata with {} and removes limits with []', async () => {
    const { sandbox, update } = await seeded();
    expect((await update('--meta-json={}')).exitCode).toBe(0);
    expect(sandbox.identity('user_1')).toMatchObject({ meta: {}, ratelimits: [tokens, requests] });
    expect((await update('--ratelimits-json', '[]')).exitCode).toBe(0);
    expect(sandbox.identity('user_1')).toMatchObject({ meta: {}, ratelimits: [] });
  });

  it('gives a limit without autoApply false, and takes the last of a repeated flag', async () => {
    const { sandbox, update } = await seeded();
    await update('--ratelimits-json=[]', '--ratelimits-json=[{"name":"requests","limit":2,"duration":1000}]');
    expect(sandbox.identity('user_1')?.ratelimits).toMatchObject([
      { name: 'requests', limit: 2, autoApply: false },
    ]);
  });

  it('warns on stderr and goes on', async () => {
    const { update } = await seeded();
    const { stderr, exitCode } = await update(`--meta-json={"n":9007199254740993}`);
    expect(stderr).toMatch(/^Warning: meta\.n is a whole number beyond 2\^53/);
    expect(exitCode).toBe(0);
  });
});

describe('errors', () => {
  it('of the API go to stderr with request id and link, exit code 1', async () => {
    const { sandbox, api } = await seeded();
    const { stdout, stderr, exitCode } = await api('update-identity', '--identity=nobody', '--output=json');
    expect([stdout, exitCode]).toEqual(['', 1]);
    expect(stderr).toBe(
      [
        'Error: Not Found: This identity does not exist.',
        'Status: 404',
        `Request: ${sandbox.requests()[0]?.requestId}`,
        'Docs: https://unkey.com/docs/errors/unkey/data/identity_not_found',
        '',
      ].join('\n'),
    );
  });

  it('tell after how long to try again', async () => {
    const { sandbox, update } = await seeded();
    sandbox.faults.add({ match: '*', status: 429, retryAfter: '12' });
    const { stderr, exitCode } = await update();
    expect(stderr).toContain('Try again after: 12 s');
    expect(exitCode).toBe(1);
  });

  it('of the network have exit code 1 as well', async () => {
    const { env } = await seeded();
    const argv = ['api', 'identities', 'get-identity', '--identity=u', '--api-url=http://127.0.0.1:1'];
    const { stderr, exitCode } = await runCommand(argv, env);
    expect(stderr).toContain('No connection');
    expect(exitCode).toBe(1);
  });

  it.each([
    [['update-identity'], /required option '--identity/],
    [['update-identity', '--identity='], /--identity is empty/],
    [['update-identity', '--identity=u', '--meta-json={'], /invalid JSON for --meta-json(,|;| at)/],
    [['update-identity', '--identity=u', '--ratelimits-json=x'], /invalid JSON for --ratelimits-json/],
    [['update-identity', '--identity=u', '--meta-json=[]'], /--meta-json must be an object/],
    [['update-identity', '--identity=u', '--meta-json=null'], /--meta-json must be an object/],
    [
      ['update-identity', '--identity=u', '--ratelimits-json=[{"name":"ab"}]'],
      /--ratelimits-json\[0\]\.name must have 3/,
    ],
    [['update-identity', '--identity=u', '--output=yaml'], /--output must be text or json/],
    [['update-identity', '--identity=u', '--api-url=nowhere'], /base URL/],
    [['update-identity', '--identity=u', '--bogus'], /unknown option '--bogus'/],
    [['update-identity', '--identity=u', 'stray'], /too many arguments/],
    [['list-identities', '--limit=0'], /limit must be a whole number from 1 to 100/],
    [['list-identities', '--limit=x'], /limit must be a whole number from 1 to 100/],
    [['create-identity', '--external-id=a b'], /externalId may contain/],
  ])('of usage have exit code 2 and send nothing: %j', async (argv, sentence) => {
    const { sandbox, env } = await seeded();
    const { stdout, stderr, exitCode } = await runCommand(['api', 'identities', ...argv], env);
    expect(stderr).toMatch(sentence);
    expect([stdout, exitCode]).toEqual(['', 2]);
    expect(sandbox.requests()).toEqual([]);
  });
});

describe('the root key', () => {
  const get = ['api', 'identities', 'get-identity', '--identity=user_1'];

  it('comes from the flag before the environment before the file', async () => {
    const { sandbox } = await seeded();
    const path = join(await folder(), 'config.toml');
    await writeFile(path, 'root_key = "from_file"\n');
    for (const key of ['from_flag', 'from_env', 'from_file']) sandbox.putRootKey({ key, state: 'disabled' });
    const url = { UNKEY_API_BASE_URL: sandbox.url, UNKEY_CONFIG: path };
    const used = async (flags: string[], env: NodeJS.ProcessEnv) => {
      const before = sandbox.requests().length;
      for (const key of ['from_flag', 'from_env', 'from_file']) {
        sandbox.putRootKey({ key });
        const { exitCode } = await runCommand([...get, ...flags], { ...url, ...env });
        sandbox.putRootKey({ key, state: 'disabled' });
        if (exitCode === 0) return key;
      }
      return `none of ${sandbox.requests().length - before}`;
    };
    expect(await used(['--root-key=from_flag'], { UNKEY_ROOT_KEY: 'from_env' })).toBe('from_flag');
    expect(await used([], { UNKEY_ROOT_KEY: 'from_env' })).toBe('from_env');
    expect(await used([], {})).toBe('from_file');
    expect(await used(['--root-key='], { UNKEY_ROOT_KEY: 'from_env' })).toBe('from_file');
    expect(await used([`--config=${path}`], { UNKEY_CONFIG: '/nowhere' })).toBe('from_file');
    expect(await used(['--config', 'root_key = "from_env"'], {})).toBe('from_env');
  });

  it('is found in ~/.unkey/config.toml', async () => {
    const { sandbox } = await seeded();
    const home = await folder();
    await mkdir(join(home, '.unkey'));
    await writeFile(join(home, '.unkey', 'config.toml'), `root_key = "${sandboxRootKey}"`);
    const { exitCode } = await runCommand(get, { HOME: home, UNKEY_API_BASE_URL: sandbox.url });
    expect(exitCode).toBe(0);
  });

  it('missing everywhere is a missing setting, and three remedies are named', async () => {
    const { stderr, exitCode } = await runCommand(get, { UNKEY_API_BASE_URL: 'http://127.0.0.1:1' });
    expect(stderr).toMatch(/^Error: no root key provided\n\nProvide one via:\n(  .+\n){3}$/);
    expect(exitCode).toBe(3);
  });

  it.each([
    ['root_key = unkey_secret_without_quotes', /is not valid TOML/],
    ['root_key = 5', /not a text/],
    ['other = "x"', /no root key provided/],
  ])(
    'in a config file with %j is refused with a sentence that does not repeat it',
    async (text, sentence) => {
      const path = join(await folder(), 'config.toml');
      await writeFile(path, text);
      const { stderr, exitCode } = await runCommand([...get, '--config', path]);
      expect(stderr).toMatch(sentence);
      expect(stderr).not.toContain('unkey_secret');
      expect(exitCode).toBe(3);
    },
  );

  it('beside an UNKEY_OUTPUT that is none is a setting too', async () => {
    const { stderr, exitCode } = await runCommand(get, { UNKEY_ROOT_KEY: 'x', UNKEY_OUTPUT: 'yaml' });
    expect([stderr, exitCode]).toEqual(['Error: UNKEY_OUTPUT must be text or json.\n', 3]);
  });

  it('in a config file that is not there is refused with its path', async () => {
    const { stderr, exitCode } = await runCommand([...get, '--config=/nowhere/config.toml']);
    expect(stderr).toContain('/nowhere/config.toml cannot be read (ENOENT)');
    expect(exitCode).toBe(3);
  });
});

describe('the other calls', () => {
  it('get-identity prints what is stored', async () => {
    const { api } = await seeded();
    const { stdout } = await api('get-identity', '--identity=id_1', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ data: { externalId: 'user_1', meta: { plan: 'free' } } });
  });

  it('create-identity prints the new id', async () => {
    const { sandbox, api } = await seeded();
    const { stdout, exitCode } = await api('create-identity', '--external-id=user_2', '--meta-json={"a":1}');
    expect(stdout).toContain(`"identityId": "${sandbox.identity('user_2')?.id}"`);
    expect(sandbox.identity('user_2')?.meta).toEqual({ a: 1 });
    expect(exitCode).toBe(0);
  });

  it('list-identities prints all pages as one list, with the request id of each', async () => {
    const { sandbox, api } = await seeded();
    sandbox.putIdentity({ id: 'id_2', externalId: 'user_2' });
    sandbox.putIdentity({ id: 'id_3', externalId: 'other' });
    const { stdout } = await api('list-identities', '--limit=1', '--search=user');
    const [heads, list] = stdout.split('\n\n');
    expect(heads?.split('\n')).toHaveLength(2);
    expect(JSON.parse(list ?? '')).toMatchObject([{ id: 'id_1' }, { id: 'id_2', externalId: 'user_2' }]);
    const json = JSON.parse((await api('list-identities', '--output=json')).stdout) as object;
    expect(json).toMatchObject({ data: [{ id: 'id_1' }, {}, {}], pagination: { hasMore: false } });
  });

  it('help names every flag', async () => {
    const { stdout, exitCode } = await runCommand(['api', 'identities', 'update-identity', '--help']);
    for (const flag of [
      'identity',
      'meta-json',
      'ratelimits-json',
      'root-key',
      'api-url',
      'config',
      'output',
    ]) {
      expect(stdout).toContain(`--${flag} <`);
    }
    expect(exitCode).toBe(0);
  });
});
