import { createMemoryRuns } from '../../support/memory-runs.ts';
import { runsContract } from './runs-contract.ts';

runsContract(() => {
  const runs = createMemoryRuns();
  return Promise.resolve({ first: runs, second: runs });
});
