import { startPostgres } from '../../support/postgres-server.ts';
import { queueContract } from './queue-contract.ts';

queueContract('PostgreSQL', async () => {
  const postgres = await startPostgres();
  return {
    shared: true,
    settings: { databaseUrl: postgres.url, dataDir: '', prefix: 'planwire', retentionMs: 86_400_000 },
    stop: () => postgres.stop(),
  };
});
