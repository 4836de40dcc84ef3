import { describe, expect, test } from 'vitest';
import type { CustomerRecord } from '../../../src/domain/customer/customer-record.ts';
import { anOutcome } from '../../support/outcome-fixture.ts';
import type { Backend } from './records-backends.ts';

const now = Date.now() - 60_000;
const outcome = anOutcome({ id: 'out_1', finishedAt: now, customerId: 'cus_1', requestId: 'req_1' });
const kept = { outcome, ticket: 3 };
const plan =
  (name: string) =>
  (record: CustomerRecord): CustomerRecord => ({ ...record, plan: name });

export function conclusionsContract(backend: () => Backend): void {
  describe('conclusions', () => {
    test('the outcome is found by its ids, and the record has changed', async () => {
      const { first, second } = await backend().fresh();
      const record = await first.conclusions.keep('cus_1', plan('team'), kept);
      expect(record.plan).toBe('team');
      expect(await second.customers.read('cus_1')).toEqual(record);
      expect(await second.outcomes.get('out_1')).toEqual(outcome);
      expect(await second.outcomes.find('req_1', 10)).toEqual([outcome]);
      expect(await second.outcomes.firstAfter('cus_1', 2)).toEqual(outcome);
      expect(await second.outcomes.firstAfter('cus_1', 3)).toBeNull();
    });

    test('the outcome of a sync that changes nothing of the record is kept all the same', async () => {
      const { first, second } = await backend().fresh();
      await first.conclusions.keep('cus_1', (record) => record, kept);
      expect(await second.customers.read('cus_1')).toBeNull();
      expect(await second.outcomes.get('out_1')).toEqual(outcome);
    });

    test('what others change of the record meanwhile stays, and each outcome is kept', async () => {
      const { first, second } = await backend().fresh();
      const raise = (record: CustomerRecord): CustomerRecord => ({ ...record, ticket: record.ticket + 1 });
      await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          n % 2 === 0
            ? first.conclusions.keep('cus_1', raise, {
                outcome: anOutcome({ id: `out_${n}`, finishedAt: now, customerId: 'cus_1' }),
                ticket: n,
              })
            : second.customers.change('cus_1', raise),
        ),
      );
      expect((await first.customers.read('cus_1'))?.ticket).toBe(20);
      const page = await second.outcomes.list({ customerId: 'cus_1' }, null, 50);
      expect(page.items.map(({ id }) => id).toSorted()).toEqual(
        Array.from({ length: 10 }, (_, n) => `out_${2 * n}`).toSorted(),
      );
    });
  });
}
