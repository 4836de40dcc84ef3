import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { apiTypes } from '../../dashboard/generate-types.ts';

it('the types that the dashboard is written against are those of openapi.json', async () => {
  const checkedIn = readFileSync(new URL('../../dashboard/src/api/types.ts', import.meta.url), 'utf8');
  expect(checkedIn, 'run npm run dashboard:types').toBe(await apiTypes());
});
