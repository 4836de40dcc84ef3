import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { demoPlans } from '../../src/sandbox/story.ts';
import { freePort } from '../support/free-port.ts';
import { waitFor } from '../support/pipeline.ts';
import { program } from '../support/program.ts';

it('a signal that comes while it starts ends it in order, and a hangup then does not end it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'planwire-signal-'));
  await writeFile(join(folder, 'plans.yaml'), demoPlans);
  const child = spawn(process.execPath, [program, 'start'], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      STRIPE_WEBHOOK_SECRET: 'whsec_a',
      STRIPE_SECRET_KEY: 'sk_test_a',
      UNKEY_ROOT_KEY: 'unkey_a',
      // Nobody is there: the start waits for it for a while.
      REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
      PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true });
  });
  let log = '';
  child.stdout.on('data', (chunk: Buffer) => void (log += chunk.toString()));
  const ended = once(child, 'close');
  await waitFor(() => log.includes('"starting"'), 30_000, 'it to start');
  child.kill('SIGHUP');
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(log).toContain('"signal":"SIGTERM"');
  expect(log).toContain('"stopped"');
});
