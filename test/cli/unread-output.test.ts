import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { demoPlans } from '../../src/sandbox/story.ts';
import { freePort } from '../support/free-port.ts';
import { waitFor } from '../support/pipeline.ts';
import { program } from '../support/program.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'planwire-unread-'));
  await writeFile(join(folder, 'plans.yaml'), demoPlans);
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** Nobody reads what it prints to standard output. */
function unread(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', TMPDIR: tmpdir(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => void (complaint += chunk.toString()));
  return { child, ended: endOf(child), complaint: () => complaint };
}

async function endOf(child: ChildProcess): Promise<unknown> {
  const [code] = (await once(child, 'close')) as unknown[];
  return code;
}

it('a command whose reader has gone ends without a word, as under any closed pipe', async () => {
  const { ended, complaint } = unread(['schema', 'plans']);
  expect(await ended).toBe(141);
  expect(complaint()).toBe('');
});

it.each(['json', 'pretty'])('a server lives longer than whoever reads its %s log', async (format) => {
  const port = await freePort();
  const { child, ended, complaint } = unread(['start'], {
    STRIPE_WEBHOOK_SECRET: 'whsec_a',
    STRIPE_SECRET_KEY: 'sk_test_a',
    STRIPE_API_BASE_URL: 'http://127.0.0.1:9',
    UNKEY_ROOT_KEY: 'unkey_a',
    PLANS_FILE: join(folder, 'plans.yaml'),
    DATA_DIR: join(folder, 'data'),
    LOG_FORMAT: format,
    HOST: '127.0.0.1',
    PORT: String(port),
  });
  try {
    const lives = () =>
      fetch(`http://127.0.0.1:${port}/healthz`).then(
        ({ ok }) => ok || child.exitCode !== null,
        () => child.exitCode !== null,
      );
    await waitFor(lives, 60_000, 'the server to answer');
    expect(child.exitCode).toBeNull();
    expect(complaint()).toBe('');
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
});
