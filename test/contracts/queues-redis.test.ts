import { openStore } from '../../src/store/open.ts';
import { startRedis } from '../support/redis-server.ts';
import { queueContract } from './queue-contract.ts';

queueContract('Redis', async () => {
  const redis = await startRedis();
  return {
    shared: true,
    open: () =>
      openStore({
        redisUrl: redis.url,
        dataDir: '',
        prefix: 'planwire',
        retentionMs: 86_400_000,
        onError: () => undefined,
      }),
    stop: () => redis.stop(),
  };
});
