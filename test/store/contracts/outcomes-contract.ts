import { describe, expect, test } from 'vitest';
import { MalformedCursorError } from '../../../src/domain/outcome/cursor.ts';
import { outcomeRefs } from '../../../src/domain/outcome/outcome-refs.ts';
import type { Outcome, OutcomeFilter } from '../../../src/domain/outcome/outcome.ts';
import type { OutcomeStore } from '../../../src/domain/ports.ts';
import { anError, anOutcome } from '../../support/outcome-fixture.ts';
import { retentionMs, type Backend } from './records-backends.ts';

export const ids = (outcomes: readonly Outcome[]): string[] => outcomes.map((outcome) => outcome.id);

export async function listAll(
  outcomes: OutcomeStore,
  filter: OutcomeFilter,
  limit: number,
  from: string | null = null,
): Promise<Outcome[]> {
  const found: Outcome[] = [];
  let cursor = from;
  do {
    const page = await outcomes.list(filter, cursor, limit);
    expect(page.items.length).toBeLessThanOrEqual(limit);
    found.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return found;
}

export function outcomesContract(backend: () => Backend): void {
  const now = Date.now() - 3_600_000;

  describe('outcomes', () => {
    test('an outcome comes back as it was put, whatever its texts contain', async () => {
      const { first, second } = await backend().fresh();
      const outcome = anOutcome({
        id: 'out_1',
        finishedAt: now,
        identity: { externalId: 'user ü\0"\\', id: 'id_1' },
        change: {
          meta: {
            before: { a: 'nul \0 lone \ud800 emoji 🎈', n: 1e300, o: { deep: [null, true] } },
            after: {},
          },
          ratelimits: { before: [], after: [] },
        },
      });
      expect(await first.outcomes.get('out_1')).toBeNull();
      await first.outcomes.put(outcome);
      expect(await second.outcomes.get('out_1')).toEqual(outcome);
      expect(ids(await second.outcomes.find('user ü\0"\\', 5))).toEqual(['out_1']);
    });

    test('changes of one outcome at once lose nothing, whether it was there before or is made by one of them', async () => {
      const { first, second } = await backend().fresh();
      const named = (n: number) => ({
        service: 'unkey' as const,
        operation: 'identities.getIdentity',
        requestId: `req_${n}`,
        status: 200,
        ms: n,
      });
      for (const before of [null, anOutcome({ id: 'out_2', finishedAt: now, requests: [] })]) {
        if (before !== null) await first.outcomes.put(before);
        const id = before?.id ?? 'out_1';
        const changes = Array.from({ length: 12 }, (_, n) =>
          (n % 2 === 0 ? first : second).outcomes.change(id, (outcome) => {
            const held = outcome ?? anOutcome({ id, finishedAt: now, requests: [] });
            return { ...held, requests: [...held.requests, named(n)] };
          }),
        );
        await Promise.all(changes);
        const requests = (await first.outcomes.get(id))?.requests.map(({ requestId }) => requestId);
        expect(requests?.toSorted()).toEqual(changes.map((_, n) => `req_${n}`).toSorted());
        expect(ids(await second.outcomes.find('req_7', 5))).toContain(id);
      }
      expect(ids(await first.outcomes.list({}, null, 5).then(({ items }) => items))).toEqual([
        'out_2',
        'out_1',
      ]);
    });

    test('a change that returns its argument writes nothing, and one of an outcome that is not there makes none', async () => {
      const { first, writes } = await backend().fresh();
      await first.outcomes.put(anOutcome({ id: 'out_1', finishedAt: now }));
      const before = writes();
      expect((await first.outcomes.change('out_1', (outcome) => outcome))?.id).toBe('out_1');
      expect((await first.outcomes.change('out_1', () => null))?.id).toBe('out_1');
      expect(await first.outcomes.change('out_2', (outcome) => outcome)).toBeNull();
      expect(writes()).toBe(before);
      expect(await first.outcomes.get('out_2')).toBeNull();
    });

    test('an outcome is found by every id that occurs in it, and by nothing else', async () => {
      const { first } = await backend().fresh();
      const base = anOutcome({ id: 'out_1', finishedAt: now });
      const outcome: Outcome = {
        ...base,
        cause: { ...base.cause, eventIds: ['evt_1', 'evt_2', 'evt_3'] },
        subscriptionIds: ['sub_1', 'sub_2'],
      };
      await first.outcomes.put(outcome);
      const other = anOutcome({
        id: 'out_2',
        finishedAt: now,
        requestId: null,
        customerId: 'cus_2',
        subscriptionIds: [],
        identity: { externalId: null, id: null },
        cause: { ...base.cause, eventIds: [] },
        requests: [],
      });
      await first.outcomes.put(other);
      const refs = [
        'out_1',
        'req_update',
        'req_list',
        'req_get',
        'evt_1',
        'evt_2',
        'evt_3',
        'cus_1',
        'sub_1',
        'sub_2',
        'id_1',
        'user_1',
      ];
      expect([...outcomeRefs(outcome)].sort()).toEqual(refs.toSorted());
      for (const ref of refs) expect([ref, ids(await first.outcomes.find(ref, 5))]).toEqual([ref, ['out_1']]);
      for (const ref of ['out_9', 'req_9', 'team', '', 'cus_']) {
        expect(await first.outcomes.find(ref, 5)).toEqual([]);
      }
    });

    test('an outcome of an event that led to no customer is found by the event', async () => {
      const { first } = await backend().fresh();
      const lost = anOutcome({
        id: 'out_1',
        finishedAt: now,
        customerId: null,
        subscriptionIds: [],
        identity: { externalId: null, id: null },
        requestId: null,
        requests: [],
      });
      await first.outcomes.put(lost);
      expect(await first.outcomes.find('evt_1', 5)).toEqual([lost]);
      expect(await listAll(first.outcomes, {}, 5)).toEqual([lost]);
    });

    test('find gives the newest first, up to the limit', async () => {
      const { first } = await backend().fresh();
      for (const i of [3, 1, 5, 2, 4])
        await first.outcomes.put(anOutcome({ id: `out_${i}`, finishedAt: now + i }));
      for (const ref of ['cus_1', 'evt_1', 'user_1']) {
        expect(ids(await first.outcomes.find(ref, 10))).toEqual([
          'out_5',
          'out_4',
          'out_3',
          'out_2',
          'out_1',
        ]);
        expect(ids(await first.outcomes.find(ref, 2))).toEqual(['out_5', 'out_4']);
      }
    });

    test('putting an outcome again replaces it: a confirmation adds its requests, and dropped ids lead nowhere', async () => {
      const { first } = await backend().fresh();
      const before = anOutcome({ id: 'out_1', finishedAt: now });
      await first.outcomes.put(before);
      const confirmed: Outcome = {
        ...before,
        confirmedAt: new Date(now + 35_000).toISOString(),
        subscriptionIds: ['sub_2'],
        requests: [
          ...before.requests.slice(1),
          {
            service: 'unkey',
            operation: 'identities.getIdentity',
            requestId: 'req_confirm',
            status: 200,
            ms: 9,
          },
        ],
      };
      await first.outcomes.put(confirmed);
      expect(await first.outcomes.find('req_confirm', 5)).toEqual([confirmed]);
      expect(await first.outcomes.find('cus_1', 5)).toEqual([confirmed]);
      expect(await first.outcomes.find('req_list', 5)).toEqual([]);
      expect(await first.outcomes.find('sub_1', 5)).toEqual([]);
      expect(await listAll(first.outcomes, {}, 5)).toEqual([confirmed]);
    });

    test('an outcome that is put again with another status is listed under the new one alone', async () => {
      const { first } = await backend().fresh();
      const failed = anOutcome({
        id: 'out_1',
        finishedAt: now,
        status: 'failed',
        error: anError('unmapped_item'),
      });
      await first.outcomes.put(failed);
      await first.outcomes.put({ ...failed, status: 'applied', error: null });
      expect(await listAll(first.outcomes, { status: 'failed' }, 5)).toEqual([]);
      expect(await listAll(first.outcomes, { error: 'unmapped_item' }, 5)).toEqual([]);
      expect(ids(await listAll(first.outcomes, { status: 'applied' }, 5))).toEqual(['out_1']);
      expect(ids(await listAll(first.outcomes, {}, 5))).toEqual(['out_1']);
    });

    test('each filter lets through what matches, and filters add up', async () => {
      const { first } = await backend().fresh();
      const put = (i: number, fields: Partial<Outcome>): Promise<void> =>
        first.outcomes.put(anOutcome({ id: `out_${i}`, ...fields, finishedAt: now + i, startedAt: now }));
      await put(1, {});
      await put(2, { status: 'failed', error: anError('a'), customerId: 'cus_2' });
      await put(3, { status: 'failed', error: anError('b'), identity: { externalId: 'user_2', id: 'id_2' } });
      await put(4, {
        status: 'retrying',
        error: anError('a'),
        customerId: 'cus_2',
        identity: { externalId: 'cus_1', id: null },
      });
      await put(5, { status: 'unchanged', customerId: 'cus_2', subscriptionIds: ['user_2'] });
      const cases: [OutcomeFilter, number[]][] = [
        [{}, [5, 4, 3, 2, 1]],
        [{ status: 'failed' }, [3, 2]],
        [{ status: 'held' }, []],
        [{ error: 'a' }, [4, 2]],
        [{ error: 'c' }, []],
        [{ customerId: 'cus_2' }, [5, 4, 2]],
        [{ identity: 'user_2' }, [3]],
        [{ identity: 'id_2' }, [3]],
        [{ identity: 'cus_1' }, [4]],
        [{ identity: 'cus_2' }, []],
        [{ since: now + 2, until: now + 4 }, [3, 2]],
        [{ since: now + 5 }, [5]],
        [{ until: now + 1 }, []],
        [{ status: 'failed', error: 'a' }, [2]],
        [
          { status: 'failed', customerId: 'cus_2', error: 'a', identity: 'id_1', since: now, until: now + 3 },
          [2],
        ],
        [{ status: 'applied', error: 'a' }, []],
        [{ status: 'failed', since: now + 3 }, [3]],
        [{ identity: 'user_1', status: 'unchanged' }, [5]],
      ];
      for (const [filter, expected] of cases) {
        const found = ids(await listAll(first.outcomes, filter, 2));
        expect([filter, found]).toEqual([filter, expected.map((i) => `out_${i}`)]);
      }
    });

    test('paging meets every outcome once while new ones come in, also those of one millisecond', async () => {
      const { first, second } = await backend().fresh();
      const before: string[] = [];
      for (let i = 10; i < 40; i += 1) {
        // The middle twenty share a millisecond.
        const time = i < 15 ? i : i < 35 ? 20 : i;
        await first.outcomes.put(anOutcome({ id: `out_${i}`, finishedAt: now + time }));
        before.unshift(`out_${i}`);
      }
      for (const filter of [
        {},
        { status: 'applied' },
        { customerId: 'cus_1' },
        { identity: 'id_1' },
      ] as const) {
        const page = await first.outcomes.list(filter, null, 7);
        const late = anOutcome({ id: `out_9_${JSON.stringify(filter)}`, finishedAt: now + 1_000 });
        await second.outcomes.put(late);
        const rest = await listAll(first.outcomes, filter, 3, page.nextCursor);
        expect([...ids(page.items), ...ids(rest)].filter((id) => !id.startsWith('out_9_'))).toEqual(before);
        expect(ids(rest)).not.toContain(late.id);
      }
    });

    test.each(['', 'x', 'bm9uc2Vuc2U', '%%%', '../..', 'MTIz', Buffer.from('12 ').toString('base64url')])(
      'the cursor %j, which no list gave out, is refused with a sentence',
      async (cursor) => {
        const { first } = await backend().fresh();
        const refused = first.outcomes.list({}, cursor, 5);
        await expect(refused).rejects.toThrow(MalformedCursorError);
      },
    );

    test('firstAfter gives the outcome of the first sync with a later ticket, whatever the clocks of the workers say', async () => {
      const { first, second } = await backend().fresh();
      expect(await first.outcomes.firstAfter('cus_1', 0)).toBeNull();
      const put = (id: string, finishedAt: number, ticket?: number, customerId = 'cus_1'): Promise<void> =>
        first.outcomes.put(anOutcome({ id, customerId, finishedAt }), ticket);
      await put('out_first', now + 3_600_000, 1);
      await put('out_other', now, 2, 'cus_2');
      await put('out_second', now, 3);
      await put('out_third', now - 3_600_000, 4);
      await put('out_older_version', now + 1);
      // The ticket of a changed outcome stays.
      await second.outcomes.change('out_second', (held) => held && { ...held, confirmedAt: held.finishedAt });
      const answers = [0, 1, 2, 3, 4].map((ticket) => second.outcomes.firstAfter('cus_1', ticket));
      const found = (await Promise.all(answers)).map((outcome) => outcome?.id ?? null);
      expect(found).toEqual(['out_first', 'out_second', 'out_second', 'out_third', null]);
    });

    test('two notes of one event are one, and name the customers of both', async () => {
      const { first, second } = await backend().fresh();
      expect(await first.outcomes.event('evt_1')).toBeNull();
      const note = {
        eventId: 'evt_1',
        type: 'price.updated',
        receivedAt: now,
        customerIds: ['cus_2', 'cus_1'],
        tickets: { cus_1: 4 },
      };
      const nobody = { ...note, customerIds: [], tickets: {} };
      await first.outcomes.noteEvent(nobody);
      expect(await second.outcomes.event('evt_1')).toEqual(nobody);
      await first.outcomes.noteEvent(note);
      const later = { customerIds: ['cus_1', 'cus_3'], tickets: { cus_1: 6, cus_3: 2 } };
      await second.outcomes.noteEvent({ ...note, receivedAt: now + 5, ...later });
      expect(await first.outcomes.event('evt_1')).toEqual({
        ...note,
        customerIds: ['cus_2', 'cus_1', 'cus_3'],
        tickets: { cus_1: 4, cus_3: 2 },
      });
    });

    test('notes of one event at once lose no customer', async () => {
      const { first, second } = await backend().fresh();
      const notes = Array.from({ length: 20 }, (_, i) =>
        (i % 2 === 0 ? first : second).outcomes.noteEvent({
          eventId: 'evt_1',
          type: 'price.updated',
          receivedAt: now,
          customerIds: [`cus_${i}`],
          tickets: { [`cus_${i}`]: i },
        }),
      );
      await Promise.all(notes);
      const note = await first.outcomes.event('evt_1');
      expect(new Set(note?.customerIds).size).toBe(20);
      expect(Object.keys(note?.tickets ?? {})).toHaveLength(20);
    });

    test('pruning removes outcomes older than the retention, says how many, and leaves the others', async () => {
      const { first, second } = await backend().fresh();
      for (let i = 0; i < 1_205; i += 1) {
        const status = i % 2 === 0 ? 'applied' : 'unchanged';
        await first.outcomes.put(
          anOutcome({ id: `out_${i + 1_000}`, status, finishedAt: now + i }),
          i + 1_000,
        );
      }
      expect(await first.outcomes.prune(now + retentionMs)).toBe(0);
      const removed = await Promise.all([
        first.outcomes.prune(now + retentionMs + 1_200),
        second.outcomes.prune(now + retentionMs + 1_200),
      ]);
      expect(removed[0] + removed[1]).toBe(1_200);
      expect(ids(await listAll(first.outcomes, {}, 100))).toEqual([
        'out_2204',
        'out_2203',
        'out_2202',
        'out_2201',
        'out_2200',
      ]);
      expect(ids(await first.outcomes.find('cus_1', 100))).toHaveLength(5);
      expect(ids(await first.outcomes.find('evt_1', 100))).toHaveLength(5);
      expect(await first.outcomes.get('out_1000')).toBeNull();
      expect((await first.outcomes.firstAfter('cus_1', 2_199))?.id).toBe('out_2200');
    });
  });
}
