import { startRedisCluster } from '../../support/redis-cluster.ts';
import { queueContract } from './queue-contract.ts';

queueContract('a Redis Cluster', async () => {
  const cluster = await startRedisCluster();
  return {
    shared: true,
    settings: { redisUrl: cluster.url, dataDir: '', prefix: 'planwire', retentionMs: 86_400_000 },
    stop: () => cluster.stop(),
  };
});
