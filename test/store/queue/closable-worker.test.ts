import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { startRedis } from '../../support/redis-server.ts';
import { waitFor } from '../../support/pipeline.ts';

it('a worker whose look for stalled jobs failed holds the process no longer than a moment after it is closed', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const script = fileURLToPath(new URL('closable-worker-process.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, redis.url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  expect(said.toString()).toBe('closed\n');
  // BullMQ's own wait is 5 s.
  await waitFor(() => child.exitCode !== null, 3_000, 'the end of the process');
  expect(child.exitCode).toBe(0);
}, 30_000);
