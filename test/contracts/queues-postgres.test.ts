import { openStore } from '../../src/store/open.ts';
import { startPostgres } from '../support/postgres-server.ts';
import { queueContract } from './queue-contract.ts';

queueContract('PostgreSQL', async () => {
  const postgres = await startPostgres();
  return {
    shared: true,
    open: () =>
      openStore({
        databaseUrl: postgres.url,
        dataDir: '',
        prefix: 'planwire',
        retentionMs: 86_400_000,
        onError: () => undefined,
      }),
    stop: () => postgres.stop(),
  };
});
