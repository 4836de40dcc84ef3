import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { openStore } from '../../../src/store/open.ts';
import { fresh, spawnWorker, until } from '../contracts/queue-contract.ts';
import { startRedis } from '../../support/redis-server.ts';

it('P3: a job whose workers have died sixty times is run a sixty-first time', async () => {
  const redis = await startRedis();
  const settings = { redisUrl: redis.url, dataDir: '', prefix: 'planwire', retentionMs: 86_400_000 };
  const errors: string[] = [];
  const store = await openStore({ ...settings, onError: ({ message }) => void errors.push(message) });
  const client = new Redis(redis.url);
  try {
    const customerId = fresh('cus');
    const child = spawnWorker(settings, customerId);
    try {
      await until('the process took it', () => child.output().includes(`took ${customerId}`));
      // What sixty deaths leave behind, without the ten seconds that each of them takes.
      const [job] = await client.lrange('{planwire}:syncs:active', 0, -1);
      await client.hset(`{planwire}:syncs:${job}`, 'stc', 60);
    } finally {
      await child.kill9();
    }
    const seen: string[] = [];
    const worker = store.work({
      queue: 'syncs',
      concurrency: 5,
      ratePerSecond: 1_000,
      handle(id) {
        seen.push(id);
        return Promise.resolve({ kind: 'done' });
      },
    });
    await until('another worker takes it', () => seen.length > 0, 30_000);
    await until('nothing is outstanding', async () => (await store.syncs.outstanding()) === 0);
    expect(seen).toEqual([customerId]);
    expect(errors.filter((message) => message.includes('given up'))).toEqual([]);
    await worker.close(1_000);
  } finally {
    client.disconnect();
    await store.close();
    await redis.stop();
  }
});
