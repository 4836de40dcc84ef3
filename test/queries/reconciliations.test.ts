import { describe, expect, it } from 'vitest';
import type { Run, RunProgress } from '../../src/domain/run.ts';
import { createReconciliations } from '../../src/queries/reconciliations.ts';
import { aRun } from '../support/run-fixture.ts';

const options = { repair: 'none', onForeign: 'repair', max: null, acceptFewer: false } as const;

function reconcile(state: RunProgress['state'], selection: { readonly customer?: string } = {}): Run {
  return { ...aRun({ state }), kind: 'reconcile', selection, options } as Run;
}

/** Newest first, a few on a page. */
async function lastOf(runs: readonly Run[]) {
  let reads = 0;
  const found = await createReconciliations({
    runs: {
      list: (_filter, cursor, limit) => {
        reads += 1;
        const from = Number(cursor ?? 0);
        const items = runs.slice(from, from + limit);
        return Promise.resolve({
          items,
          nextCursor: from + limit < runs.length ? String(from + limit) : null,
        });
      },
    },
  })();
  return { ...found, reads };
}

describe('the last reconciliation', () => {
  it('is none where nobody has looked', async () => {
    expect(await lastOf([])).toMatchObject({ latest: null, lastDone: null });
  });

  it('is the newest of everybody, whatever became of it, beside the newest that came to its end', async () => {
    const [running, failed, done] = [reconcile('running'), reconcile('failed'), reconcile('done')];
    expect(await lastOf([running, failed, done, reconcile('done')])).toMatchObject({
      latest: running,
      lastDone: done,
    });
    expect(await lastOf([failed])).toMatchObject({ latest: failed, lastDone: null });
  });

  it('is found behind looks at single customers, of which no more than some hundred are read', async () => {
    const single = Array.from({ length: 60 }, () => reconcile('done', { customer: 'cus_1' }));
    const done = reconcile('done');
    expect(await lastOf([...single, done])).toMatchObject({ latest: done, lastDone: done });
    const many = Array.from({ length: 5_000 }, () => reconcile('done', { customer: 'cus_1' }));
    expect(await lastOf(many)).toMatchObject({ latest: null, lastDone: null, reads: 8 });
  });
});
