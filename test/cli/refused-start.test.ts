import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startProblem } from '../../src/cli/commands/start-problem.ts';
import { demoPlans } from '../../src/sandbox/story.ts';
import { command } from '../support/command.ts';
import { freePort } from '../support/free-port.ts';
import { program } from '../support/program.ts';

let folder: string;
let holder: Server;
let taken: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'planwire-refused-'));
  await writeFile(join(folder, 'plans.yaml'), demoPlans);
  holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  taken = (holder.address() as AddressInfo).port;
});

afterAll(async () => {
  holder.close();
  await rm(folder, { recursive: true });
});

const sentence = (setting: string): string =>
  `  Port ${taken} is taken by another process: end that one, or set ${setting} to a free port.\n`;

function run(argv: readonly string[], settings: Readonly<Record<string, string>>) {
  return command(argv, {
    STRIPE_WEBHOOK_SECRET: 'whsec_a',
    STRIPE_SECRET_KEY: 'sk_test_a',
    UNKEY_ROOT_KEY: 'unkey_a',
    PLANS_FILE: join(folder, 'plans.yaml'),
    DATA_DIR: join(folder, 'data'),
    LOG_LEVEL: 'silent',
    HOST: '127.0.0.1',
    PORT: '0',
    ...settings,
  });
}

const start = (settings: Readonly<Record<string, string>>) => run(['start'], settings);

describe('a port that another process has', () => {
  it('makes start end with 3 and name the setting', async () => {
    const { stderr, exitCode } = await start({ PORT: String(taken) });
    expect(stderr).toBe(`Planwire cannot start:\n${sentence('PORT')}`);
    expect(exitCode).toBe(3);
  });

  it('makes the demo end with 3 and name the flag', async () => {
    const { stderr, exitCode } = await command(['demo', '--port', String(taken)], {});
    expect(stderr).toBe(`The demo cannot start:\n${sentence('--port')}`);
    expect(exitCode).toBe(3);
  });

  it('makes the sandbox end with 3, and leaves neither stand-in behind', async () => {
    const stripePort = String(await freePort());
    const flags = ['--stripe-port', stripePort, '--unkey-port', String(taken)];
    const { stderr, exitCode } = await command(['sandbox', ...flags], {});
    expect(stderr).toBe(`The sandbox cannot start:\n${sentence('--stripe-port or --unkey-port')}`);
    expect(exitCode).toBe(3);
    await expect(fetch(`http://127.0.0.1:${stripePort}/_stripe/deliveries`)).rejects.toThrow('fetch failed');
  });
});

describe('a port that is none', () => {
  it.each([
    ['demo', '--port'],
    ['sandbox', '--stripe-port'],
    ['sandbox', '--unkey-port'],
  ])('is wrong usage of planwire %s %s, told before anything starts', async (name, flag) => {
    const { stdout, stderr, exitCode } = await command([name, flag, '70000'], {});
    expect(stdout).toBe('');
    expect(stderr).toContain(`'${flag} <number>' argument '70000' is invalid. It must be a whole number`);
    expect(exitCode).toBe(2);
  });
});

describe('a host that is not of this machine', () => {
  it('makes start end with 3 and name the setting', async () => {
    const { stderr, exitCode } = await start({ HOST: '192.0.2.1' });
    expect(stderr).toContain(
      '192.0.2.1 is no address of this machine: set HOST to one that is, or to 0.0.0.0 for all.',
    );
    expect(exitCode).toBe(3);
  });

  it('is named also where it is a name that nobody knows', () => {
    const error = Object.assign(new Error('getaddrinfo ENOTFOUND nowhere.invalid'), {
      code: 'ENOTFOUND',
      syscall: 'getaddrinfo',
      hostname: 'nowhere.invalid',
    });
    expect(startProblem(error, { host: 'HOST', port: 'PORT' })).toMatch(
      /^nowhere\.invalid is no address of this machine: set HOST /,
    );
  });
});

describe('a DATA_DIR that cannot be had', () => {
  it('makes start end with 3 and say what to choose', async () => {
    const file = join(folder, 'plans.yaml');
    const { stderr, exitCode } = await start({ DATA_DIR: file });
    expect(stderr).toBe(
      `Planwire cannot start:\n  DATA_DIR ${file} cannot be used (EEXIST): name a folder that this user may write to.\n`,
    );
    expect(exitCode).toBe(3);
  });

  it.each([
    ['is a file', () => join(folder, 'plans.yaml'), 'cannot be used (EEXIST)'],
    ['is somebody else’s', () => folder, "holds what is not Planwire's"],
  ])('makes a command end with 3 where it %s', async (_what, dataDir, words) => {
    const { stderr, exitCode } = await run(['outcomes'], { DATA_DIR: dataDir() });
    expect(stderr).toContain(words);
    expect(exitCode).toBe(3);
  });
});

describe('a .env that cannot be read', () => {
  it('ends every command with 3 and says so in one line', async () => {
    const cwd = join(folder, 'env');
    await mkdir(join(cwd, '.env'), { recursive: true });
    const ran = spawnSync(process.execPath, [program, 'check'], { cwd });
    expect(ran.stderr.toString()).toMatch(/^planwire: \.env cannot be read \(\w+\); make it a file .*\n$/);
    expect(ran.status).toBe(3);
  });
});
