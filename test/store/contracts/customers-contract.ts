import { describe, expect, test } from 'vitest';
import { MalformedCursorError } from '../../../src/domain/outcome/cursor.ts';
import { blankRecord, type CustomerRecord } from '../../../src/domain/customer/customer-record.ts';
import type { CustomerStore } from '../../../src/domain/ports.ts';
import type { Backend } from './records-backends.ts';

const set =
  (fields: Partial<CustomerRecord>) =>
  (record: CustomerRecord): CustomerRecord => ({ ...record, ...fields });

async function allTroubled(customers: CustomerStore, limit: number): Promise<CustomerRecord[]> {
  const found: CustomerRecord[] = [];
  let cursor: string | null = null;
  do {
    const page = await customers.troubled(cursor, limit);
    found.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return found;
}

export function customersContract(backend: () => Backend): void {
  describe('customer records', () => {
    test('an unknown customer reads as null and changes from a blank record', async () => {
      const { first, second } = await backend().fresh();
      expect(await first.customers.read('cus_1')).toBeNull();
      const stored = await first.customers.change('cus_1', (record) => {
        expect(record).toEqual(blankRecord('cus_1'));
        return { ...record, plan: 'team', written: { meta: { hash: 'h', at: 5 }, ratelimits: null } };
      });
      expect(stored).toEqual({
        ...blankRecord('cus_1'),
        plan: 'team',
        written: { meta: { hash: 'h', at: 5 }, ratelimits: null },
      });
      expect(await second.customers.read('cus_1')).toEqual(stored);
    });

    test('a transition that returns its argument writes nothing', async () => {
      const { first } = await backend().fresh();
      expect(await first.customers.change('cus_1', (record) => record)).toEqual(blankRecord('cus_1'));
      expect(await first.customers.read('cus_1')).toBeNull();
      expect((await first.customers.list(null, 10)).items).toEqual([]);
    });

    test('a transition that throws changes nothing', async () => {
      const { first } = await backend().fresh();
      await first.customers.change('cus_1', set({ plan: 'free' }));
      const refused = first.customers.change('cus_1', () => {
        throw new Error('refused');
      });
      await expect(refused).rejects.toThrow('refused');
      expect((await first.customers.read('cus_1'))?.plan).toBe('free');
    });

    test('50 changes of one record at once through two clients are all kept', async () => {
      const { first, second } = await backend().fresh();
      const changes = Array.from({ length: 50 }, (_, i) =>
        (i % 2 === 0 ? first : second).customers.change('cus_1', (record) => ({
          ...record,
          ticket: record.ticket + 1,
          recentEventIds: [...record.recentEventIds, `evt_${i}`],
        })),
      );
      const tickets = (await Promise.all(changes)).map((record) => record.ticket);
      expect(new Set(tickets).size).toBe(50);
      const record = await first.customers.read('cus_1');
      expect(record?.ticket).toBe(50);
      expect(new Set(record?.recentEventIds).size).toBe(50);
    });

    test('what another process changed is changed further, whatever this one wrote before', async () => {
      const { first, second } = await backend().fresh();
      await first.customers.change('cus_1', set({ plan: 'free' }));
      await second.customers.change('cus_1', set({ rank: 7 }));
      expect(await first.customers.change('cus_1', set({ ticket: 3 }))).toMatchObject({
        plan: 'free',
        rank: 7,
        ticket: 3,
      });
    });

    test('a transition that writes nothing saw what another process wrote last', async () => {
      const { first, second } = await backend().fresh();
      await first.customers.change('cus_1', set({ ticket: 1 }));
      await second.customers.change('cus_1', set({ ticket: 2 }));
      const record = await first.customers.change('cus_1', (held) =>
        held.ticket === 1 ? held : { ...held, plan: 'seen' },
      );
      expect(record).toMatchObject({ ticket: 2, plan: 'seen' });
    });

    test('a record that was forgotten and made again is not taken for the old one', async () => {
      const { first, second } = await backend().fresh();
      const old = await first.customers.change('cus_1', set({ plan: 'old' }));
      expect(await second.customers.forget(old)).toBe(true);
      await second.customers.change('cus_1', set({ rank: 1 }));
      const record = await first.customers.change('cus_1', set({ ticket: 1 }));
      expect(record).toEqual({ ...blankRecord('cus_1'), rank: 1, ticket: 1 });
      expect(await second.customers.read('cus_1')).toEqual(record);
    });

    test('due customers come the longest due first, up to the limit, and not before their time', async () => {
      const { first, second } = await backend().fresh();
      for (const [id, nextCheckAt] of [
        ['b', 200],
        ['a', 300],
        ['d', 100],
        ['c', 200],
        ['e', 301],
      ] as const) {
        await first.customers.change(id, set({ nextCheckAt }));
      }
      expect(await second.customers.due(300, 10)).toEqual(['d', 'b', 'c', 'a']);
      expect(await second.customers.due(300, 2)).toEqual(['d', 'b']);
      await first.customers.change('d', set({ nextCheckAt: null }));
      await first.customers.change('b', set({ nextCheckAt: 400 }));
      expect(await second.customers.due(300, 10)).toEqual(['c', 'a']);
      expect(await second.customers.due(99, 10)).toEqual([]);
      expect(await second.customers.due(Number.MAX_SAFE_INTEGER, 10, 300)).toEqual(['e', 'b']);
      expect(await second.customers.due(Number.MAX_SAFE_INTEGER, 1, 300)).toEqual(['e']);
    });

    test('list visits every customer once, page by page, also those that come after the cursor meanwhile', async () => {
      const { first } = await backend().fresh();
      const ids = Array.from(
        { length: 23 },
        (_, i) => `cus_${String.fromCharCode(65 + i)}${i % 2 === 0 ? 'a' : 'Z'}`,
      );
      for (const id of ids) await first.customers.change(id, set({ plan: 'free' }));
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await first.customers.list(cursor, 5);
        expect(page.items.length).toBeLessThanOrEqual(5);
        seen.push(...page.items);
        cursor = page.nextCursor;
        if (seen.length === 5) {
          await first.customers.change('cus_0', set({ plan: 'free' }));
          await first.customers.change('cus_z', set({ plan: 'free' }));
        }
      } while (cursor !== null);
      expect(seen).toEqual([...ids, 'cus_z'].sort());
    });

    test('troubled lists failing and held customers by the older of both times, and forgets those who recover', async () => {
      const { first } = await backend().fresh();
      await first.customers.change('held', set({ heldSince: 30 }));
      await first.customers.change('both', set({ heldSince: 40, failingSince: 10, failingCode: 'x' }));
      await first.customers.change('failing', set({ failingSince: 20 }));
      await first.customers.change('fine', set({ plan: 'free' }));
      const ids = (await allTroubled(first.customers, 10)).map((record) => record.customerId);
      expect(ids).toEqual(['both', 'failing', 'held']);
      expect((await first.customers.troubled(null, 1)).items[0]?.failingCode).toBe('x');
      await first.customers.change('both', set({ failingSince: null }));
      await first.customers.change('failing', set({ failingSince: null }));
      const left = (await allTroubled(first.customers, 1)).map((record) => record.customerId);
      expect(left).toEqual(['held', 'both']);
    });

    test('paging through troubled customers meets each that stays troubled once while others recover and fail', async () => {
      const { first, second } = await backend().fresh();
      // Many of them since the same moment, as after an outage.
      for (let i = 0; i < 25; i += 1) {
        await first.customers.change(`cus_${i + 10}`, set({ failingSince: 1_000 + Math.floor(i / 9) }));
      }
      const page = await second.customers.troubled(null, 7);
      const recovered = [page.items[0]?.customerId ?? '', page.items[6]?.customerId ?? '', 'cus_20'];
      for (const id of recovered) await first.customers.change(id, set({ failingSince: null }));
      await first.customers.change('cus_new', set({ failingSince: 2_000 }));
      const seen = page.items.map((record) => record.customerId);
      let cursor = page.nextCursor;
      while (cursor !== null) {
        const next = await second.customers.troubled(cursor, 7);
        seen.push(...next.items.map((record) => record.customerId));
        cursor = next.nextCursor;
      }
      const expected = Array.from({ length: 25 }, (_, i) => `cus_${i + 10}`).filter((id) => id !== 'cus_20');
      expect(seen).toEqual([...expected, 'cus_new']);
    });

    test('a cursor that troubled has not given out is refused with a sentence', async () => {
      const { first } = await backend().fresh();
      await expect(first.customers.troubled('nonsense', 5)).rejects.toThrow(MalformedCursorError);
    });

    test('a record is forgotten, with its place in every list, only while it is exactly the one that was seen', async () => {
      const { first, second } = await backend().fresh();
      const seen = await first.customers.change('a', set({ failingSince: 1, heldSince: 2, nextCheckAt: 1 }));
      await second.customers.change('a', set({ plan: 'free' }));
      expect(await first.customers.forget(seen)).toBe(false);
      const newest = await first.customers.change('a', (record) => record);
      expect(await first.customers.forget(newest)).toBe(true);
      expect(await first.customers.forget(newest)).toBe(false);
      expect(await second.customers.read('a')).toBeNull();
      expect(await second.customers.counts()).toEqual({ known: 0, failing: 0, held: 0, due: 0 });
      expect([(await second.customers.list(null, 9)).items, await second.customers.due(9, 9)]).toEqual([
        [],
        [],
      ]);
    });

    test('counts say how many are known, failing, held and due', async () => {
      const { first } = await backend().fresh();
      expect(await first.customers.counts()).toEqual({ known: 0, failing: 0, held: 0, due: 0 });
      const soon = Date.now() + 3_600_000;
      await first.customers.change('a', set({ failingSince: 1, heldSince: 2, nextCheckAt: 1 }));
      await first.customers.change('b', set({ failingSince: 1, nextCheckAt: soon }));
      await first.customers.change('c', set({ plan: 'free' }));
      expect(await first.customers.counts()).toEqual({ known: 3, failing: 2, held: 1, due: 1 });
      await first.customers.change('a', set({ failingSince: null, nextCheckAt: null }));
      expect(await first.customers.counts()).toEqual({ known: 3, failing: 1, held: 1, due: 0 });
    });
  });
}
