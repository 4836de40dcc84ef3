import { describe, expect, test } from 'vitest';
import { ulid } from 'ulid';
import { MalformedCursorError } from '../../../src/domain/outcome/cursor.ts';
import type { RunStore } from '../../../src/domain/ports.ts';
import type { Run } from '../../../src/domain/run.ts';
import { aRun } from '../../support/run-fixture.ts';

const dayMs = 86_400_000;

const planChange = (planFile: string): Run => ({
  ...aRun(),
  kind: 'plan-change',
  selection: {},
  options: { planFile },
});
const begun = (run: Run): Run => ({ ...run, startedAt: 1 });
const idsOf = (runs: readonly Run[]): readonly string[] => runs.map(({ id }) => id);

/** What the documents of bulk work promise, whatever they lie in. */
export function runsContract(fresh: () => Promise<{ readonly first: RunStore; readonly second: RunStore }>) {
  describe('runs', () => {
    test('a run that one process keeps is read and changed by another', async () => {
      const { first, second } = await fresh();
      const run = aRun({ note: 'with "quotes" and 한' });
      expect(await first.create(run)).toEqual(run);
      expect(await second.read(run.id)).toEqual(run);
      const after = await second.change(run.id, (held) => ({ ...held, state: 'done', finishedAt: 2 }));
      expect(await first.read(run.id)).toEqual(after);
      expect(after).toMatchObject({ state: 'done', finishedAt: 2 });
      expect(await first.read(`run_${ulid()}`)).toBeNull();
      expect(await first.change(`run_${ulid()}`, begun)).toBeNull();
    });

    test('the same run asked for twenty times at once while it waits is one, and another one is another', async () => {
      const { first, second } = await fresh();
      const kept = await Promise.all(
        Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? first : second).create(aRun())),
      );
      expect(new Set(idsOf(kept)).size).toBe(1);
      const other = await first.create(planChange('sha256:a'));
      expect((await second.create(planChange('sha256:a'))).id).toBe(other.id);
      expect((await second.create(planChange('sha256:b'))).id).not.toBe(other.id);
      expect((await first.list({}, null, 10)).items).toHaveLength(3);
    });

    test.each<[string, (run: Run) => Run]>([
      ['has begun', begun],
      ['was aborted', (run) => ({ ...run, state: 'aborted' })],
    ])('a run that %s is not the one that waits any more', async (_, change) => {
      const { first, second } = await fresh();
      const [earlier, later] = [aRun(), aRun()];
      await first.create(earlier);
      await first.change(earlier.id, change);
      expect((await second.create(later)).id).toBe(later.id);
      // What happens to the earlier one does not touch the later one's place.
      await first.change(earlier.id, (run) => ({ ...run, note: 'seen' }));
      expect((await first.create(aRun())).id).toBe(later.id);
    });

    test('a run that waits stays the one that waits while it is changed', async () => {
      const { first } = await fresh();
      const run = await first.create(aRun());
      await first.change(run.id, (held) => ({ ...held, note: 'seen' }));
      expect((await first.create(aRun())).id).toBe(run.id);
    });

    test('changes of one run at once are all kept, each with its rows', async () => {
      const { first, second } = await fresh();
      const { id } = await first.create(aRun());
      const add = (n: number): Promise<Run | null> =>
        (n % 2 === 0 ? first : second).change(
          id,
          ({ counts, ...run }) => ({ ...run, counts: { ...counts, done: counts.done + 1 } }),
          [{ number: n, rows: [{ n }] }],
        );
      await Promise.all(Array.from({ length: 20 }, (_, n) => add(n)));
      expect((await first.read(id))?.counts.done).toBe(20);
      const rows = await Promise.all(Array.from({ length: 20 }, (_, n) => second.rows(id, n)));
      expect(rows.flatMap((page) => page ?? [])).toEqual(Array.from({ length: 20 }, (_, n) => ({ n })));
    });

    test('a change that returns its argument writes nothing, no rows either; a page written again is replaced', async () => {
      const { first, second } = await fresh();
      const { id } = await first.create(aRun());
      await first.change(id, (run) => run, [{ number: 0, rows: [{ a: 1 }] }]);
      expect(await second.rows(id, 0)).toBeNull();
      await first.change(id, begun, [{ number: 0, rows: [{ a: 1 }, { text: 'ü\0' }] }]);
      expect(await second.rows(id, 0)).toEqual([{ a: 1 }, { text: 'ü\0' }]);
      await first.change(id, (run) => ({ ...run, note: 'again' }), [{ number: 0, rows: [] }]);
      expect(await second.rows(id, 0)).toEqual([]);
      expect(await second.rows(id, 1)).toBeNull();
      expect(await second.rows('run_none', 0)).toBeNull();
    });

    test('the list is newest first, filtered by kind and state, and its cursor stays right', async () => {
      const { first, second } = await fresh();
      const runs = [];
      for (let n = 0; n < 7; n += 1) {
        const run = n % 2 === 0 ? aRun() : planChange(`sha256:${n}`);
        runs.unshift(await first.create(run));
        if (n < 6) await first.change(run.id, (held) => ({ ...held, state: n < 3 ? 'done' : 'aborted' }));
      }
      const page = await second.list({}, null, 3);
      expect(idsOf(page.items)).toEqual(idsOf(runs.slice(0, 3)));
      await first.create(planChange('sha256:new'));
      const next = await second.list({}, page.nextCursor, 10);
      expect(idsOf(next.items)).toEqual(idsOf(runs.slice(3)));
      expect(next.nextCursor).toBeNull();
      expect((await second.list({}, null, 8)).nextCursor).toBeNull();
      const refreshed = await second.list({ kind: 'refresh-catalog', state: 'done' }, null, 10);
      expect(idsOf(refreshed.items)).toEqual([runs[4]?.id, runs[6]?.id]);
      await expect(second.list({}, 'run_nonsense', 10)).rejects.toBeInstanceOf(MalformedCursorError);
    });

    test('open runs are those that run or wait, oldest first', async () => {
      const { first, second } = await fresh();
      const ids = [];
      for (let n = 0; n < 5; n += 1) ids.push((await first.create(planChange(`sha256:${n}`))).id);
      expect(await second.open()).toEqual(ids);
      await second.change(ids[0] ?? '', begun);
      await second.change(ids[1] ?? '', (run) => ({ ...run, state: 'paused' }));
      await second.change(ids[2] ?? '', (run) => ({ ...run, state: 'done' }));
      expect(await first.open()).toEqual([ids[0], ids[3], ids[4]]);
      await first.change(ids[1] ?? '', (run) => ({ ...run, state: 'running' }));
      expect(await first.open()).toEqual([ids[0], ids[1], ids[3], ids[4]]);
    });

    test('pruning removes what has expired, with its rows, and nothing else', async () => {
      const { first, second } = await fresh();
      const later = Date.now() + 2 * dayMs;
      const [old, kept] = [planChange('sha256:old'), { ...planChange('sha256:kept'), expiresAt: later }];
      for (const run of [old, kept]) {
        await first.create(run);
        await first.change(run.id, begun, [{ number: 0, rows: [{ of: run.id }] }]);
      }
      expect(await second.prune(Date.now())).toBe(0);
      expect(await second.prune(Date.now() + dayMs + 1)).toBe(1);
      expect(await first.read(old.id)).toBeNull();
      expect(await first.rows(old.id, 0)).toBeNull();
      expect(await first.open()).toEqual([kept.id]);
      expect(idsOf((await first.list({}, null, 10)).items)).toEqual([kept.id]);
      expect(await first.rows(kept.id, 0)).toEqual([{ of: kept.id }]);
    });
  });
}
