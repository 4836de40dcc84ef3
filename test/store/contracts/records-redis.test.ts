import { afterAll, beforeAll, describe } from 'vitest';
import { auditContract } from './audit-contract.ts';
import { claimsContract } from './claims-contract.ts';
import { attemptsContract } from './attempts-contract.ts';
import { customersContract } from './customers-contract.ts';
import { outcomesContract } from './outcomes-contract.ts';
import { clusterBackend, redisBackend, type Backend } from './records-backends.ts';
import { runsContract } from './runs-contract.ts';
import { sharedValuesContract } from './shared-values-contract.ts';

describe.each([
  ['Redis', redisBackend],
  ['Redis Cluster', clusterBackend],
])('records on %s', (_, start) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await start();
  });
  afterAll(() => backend.stop());

  customersContract(() => backend);
  claimsContract(() => backend);
  outcomesContract(() => backend);
  attemptsContract(() => backend);
  runsContract(async () => {
    const { first, second } = await backend.fresh();
    return { first: first.runs, second: second.runs };
  });
  auditContract(() => backend);
  sharedValuesContract(() => backend);
});
