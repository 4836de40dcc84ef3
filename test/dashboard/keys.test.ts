import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CustomerView } from '../../src/domain/views/customer-view.ts';
import { useCasesNoting } from '../http/support/use-cases.ts';
import { axeFaults } from '../support/browser.ts';
import { settled, startStages } from './support/stage.ts';

let stages: Awaited<ReturnType<typeof startStages>>;
beforeAll(async () => {
  stages = await startStages();
});
afterAll(() => stages.stop());

/** The limits of a customer's page, with such an answer about the keys. */
async function limitsWith(keys: CustomerView['keys']) {
  const view = await useCasesNoting([]).customerView('cus_1');
  if (view === null) throw new Error('There is no such customer.');
  const stage = await stages.start({ customerView: () => Promise.resolve({ ...view, keys }) });
  const opened = await stage.enter();
  await opened.page.goto('/dashboard/customers/cus_1');
  await settled(opened);
  const region = opened.page.getByRole('region', { name: 'Rate limits' });
  await region.getByRole('table').waitFor();
  return { page: opened.page, table: region.getByRole('table') };
}

it('says how many keys override a limit, and which', async () => {
  const overriding = [{ limit: 'requests', keyIds: ['key_1', 'key_2'] }];
  const { page, table } = await limitsWith({ count: 3, overriding });
  const row = table.getByRole('row').filter({ hasText: 'requests' });
  await row.getByText('2 of 3 keys').waitFor();
  expect(await row.getByTitle('key_1, key_2').count()).toBe(1);
  expect(await axeFaults(page)).toEqual([]);
}, 60_000);

it('says that keys were not read, and nothing of keys where no API is named', async () => {
  const unread = await limitsWith({ count: null, overriding: [] });
  await unread.table.getByText('not read').first().waitFor();
  const without = await limitsWith(null);
  expect(await without.table.getByText('Keys override').count()).toBe(0);
}, 60_000);
