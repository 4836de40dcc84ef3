import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { watchSpace } from '../../../src/store/embedded/disk-space.ts';
import { until } from '../contracts/queue-contract.ts';

test('once it is stopped nothing is written into the folder any more: it may be another process’ by then', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'planwire-space-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const looks: ((free: number) => void)[] = [];
  const starting = watchSpace({
    dataDir,
    onChange: () => undefined,
    freeBytes: () => new Promise((resolve) => looks.push(resolve)),
    everyMs: 1,
  });
  looks[0]?.(0);
  const watch = await starting;
  await until('it looks again', () => looks.length === 2);
  const stopping = watch.stop();
  looks[1]?.(1e12);
  await stopping;
  expect((await stat(join(dataDir, 'ballast'))).size).toBe(32 * 1_048_576);
});
