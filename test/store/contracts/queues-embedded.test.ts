import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { queueContract } from './queue-contract.ts';

queueContract('the embedded store', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'planwire-embedded-'));
  return {
    shared: false,
    settings: { dataDir, prefix: 'planwire', retentionMs: 86_400_000 },
    stop: () => rm(dataDir, { recursive: true, force: true }),
  };
});
