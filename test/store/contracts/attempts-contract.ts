import { describe, expect, test } from 'vitest';
import type { CustomerRecord } from '../../../src/domain/customer/customer-record.ts';
import type { Claim } from '../../../src/domain/customer/customer-record.ts';
import { anOutcome } from '../../support/outcome-fixture.ts';
import type { Backend } from './records-backends.ts';

const now = Date.now() - 60_000;
const outcome = anOutcome({ id: 'out_1', finishedAt: now, customerId: 'cus_1', requestId: 'req_1' });
const kept = { outcome, ticket: 3 };
const plan =
  (name: string) =>
  (record: CustomerRecord): CustomerRecord => ({ ...record, plan: name });
const raise = (record: CustomerRecord): CustomerRecord => ({ ...record, ticket: record.ticket + 1 });
const claimOf = (customerId: string): Claim => ({
  externalId: 'user_1',
  customerId,
  granting: true,
  contenders: [],
});

export function attemptsContract(backend: () => Backend): void {
  describe('the beginning of an attempt', () => {
    test('the record has changed, and the values are there in the order of their names', async () => {
      const { first, second } = await backend().fresh();
      await second.values.set('a', '1');
      await second.values.set('b', '');
      const { record, shared } = await first.attempts.begin('cus_1', raise, ['b', 'none', 'a']);
      expect(record.ticket).toBe(1);
      expect(shared).toEqual(['', null, '1']);
      expect(await second.customers.read('cus_1')).toEqual(record);
      await second.values.set('a', '2');
      const again = await first.attempts.begin('cus_1', raise, ['a']);
      expect([again.record.ticket, again.shared]).toEqual([2, ['2']]);
    });

    test('where the record stays as it is the values are read all the same', async () => {
      const { first, second } = await backend().fresh();
      await second.values.set('a', '1');
      const { record, shared } = await first.attempts.begin('cus_1', (held) => held, ['a']);
      expect([record.ticket, shared]).toEqual([0, ['1']]);
      expect(await second.customers.read('cus_1')).toBeNull();
    });

    test('a value that was set before others changed the record is seen with their change', async () => {
      const { first, second } = await backend().fresh();
      const set = async (): Promise<void> => {
        for (let n = 1; n <= 30; n++) {
          await second.values.set('n', String(n));
          await second.customers.change('cus_1', plan(String(n)));
        }
      };
      const seen: (readonly [plan: number, value: number])[] = [];
      const begin = async (): Promise<void> => {
        for (let n = 0; n < 30; n++) {
          const { record, shared } = await first.attempts.begin('cus_1', raise, ['n']);
          seen.push([Number(record.plan), Number(shared[0])]);
        }
      };
      await Promise.all([set(), begin()]);
      expect(seen.filter(([ofRecord, value]) => value < ofRecord)).toEqual([]);
      expect((await second.customers.read('cus_1'))?.ticket).toBe(30);
    });
  });

  describe('the end of an attempt', () => {
    test('the outcome is found by its ids, and the record has changed', async () => {
      const { first, second } = await backend().fresh();
      const ended = await first.attempts.end('cus_1', plan('team'), kept, null);
      const record = await second.customers.read('cus_1');
      expect(ended).toEqual({ record });
      expect(record?.plan).toBe('team');
      expect(await second.outcomes.get('out_1')).toEqual(outcome);
      expect(await second.outcomes.find('req_1', 10)).toEqual([outcome]);
      expect(await second.outcomes.firstAfter('cus_1', 2)).toEqual(outcome);
      expect(await second.outcomes.firstAfter('cus_1', 3)).toBeNull();
    });

    test('the outcome of a sync that changes nothing of the record is kept all the same', async () => {
      const { first, second } = await backend().fresh();
      await first.attempts.end('cus_1', (record) => record, kept, null);
      expect(await second.customers.read('cus_1')).toBeNull();
      expect(await second.outcomes.get('out_1')).toEqual(outcome);
    });

    test('while the claim is another customer’s the record stays, whether it is there or not', async () => {
      const { first, second } = await backend().fresh();
      await second.claims.change('user_1', () => claimOf('cus_2'));
      expect(await first.attempts.end('cus_1', plan('team'), kept, 'user_1')).toEqual({ holder: 'cus_2' });
      expect(await second.customers.read('cus_1')).toBeNull();
      const record = await second.customers.change('cus_1', raise);
      expect(await first.attempts.end('cus_1', plan('team'), kept, 'user_1')).toEqual({ holder: 'cus_2' });
      expect(await second.customers.read('cus_1')).toEqual(record);
      // As it is asked again once the other one has been told.
      const ended = await first.attempts.end('cus_1', plan('team'), kept, null);
      expect(ended).toEqual({ record: { ...record, plan: 'team' } });
      expect(await second.outcomes.find('req_1', 10)).toEqual([outcome]);
    });

    test('a claim of one’s own, and one that nobody holds, change nothing', async () => {
      const { first, second } = await backend().fresh();
      const nobodys = await first.attempts.end('cus_1', plan('free'), kept, 'user_1');
      expect(nobodys).toMatchObject({ record: { plan: 'free' } });
      await second.claims.change('user_1', () => claimOf('cus_1'));
      const ours = await first.attempts.end('cus_1', plan('team'), kept, 'user_1');
      expect(ours).toMatchObject({ record: { plan: 'team' } });
      expect((await second.customers.read('cus_1'))?.plan).toBe('team');
    });

    test('what others change of the record meanwhile stays, and each outcome is kept', async () => {
      const { first, second } = await backend().fresh();
      await second.claims.change('user_1', () => claimOf('cus_1'));
      await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          n % 2 === 0
            ? first.attempts.end(
                'cus_1',
                raise,
                {
                  outcome: anOutcome({ id: `out_${n}`, finishedAt: now, customerId: 'cus_1' }),
                  ticket: n,
                },
                n % 4 === 0 ? 'user_1' : null,
              )
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
