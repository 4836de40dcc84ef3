import { startRedis } from '../../support/redis-server.ts';
import { queueContract } from './queue-contract.ts';

queueContract('Redis', async () => {
  const redis = await startRedis();
  return {
    shared: true,
    settings: { redisUrl: redis.url, dataDir: '', prefix: 'planwire', retentionMs: 86_400_000 },
    stop: () => redis.stop(),
  };
});
