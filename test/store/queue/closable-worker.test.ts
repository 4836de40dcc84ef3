import { Redis } from 'ioredis';
import { it, onTestFinished } from 'vitest';
import { ClosableWorker } from '../../../src/store/queue/closable-worker.ts';
import { startRedis } from '../../support/redis-server.ts';
import { waitFor } from '../../support/pipeline.ts';

it('a worker whose look for stalled jobs failed holds the process no longer than a moment after it is closed', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const connection = new Redis(redis.url, { maxRetriesPerRequest: null });
  onTestFinished(() => connection.disconnect());
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  await connection.ping();
  // Other files of tests may have left some in this process.
  const before = timers();
  const worker = new ClosableWorker('closing', () => Promise.resolve(), { connection, stalledInterval: 100 });
  const errors: Error[] = [];
  worker.on('error', (error) => errors.push(error));
  await worker.waitUntilReady();
  // What it keeps its stalled jobs in is of another kind.
  await connection.set('bull:closing:stalled', 'no set');
  await waitFor(() => errors.length > 0);
  await worker.close();
  // BullMQ's own wait is 5 s.
  await waitFor(() => timers() <= before, 2_500, 'nothing to hold the process');
}, 30_000);
