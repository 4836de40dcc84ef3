import { expect, it } from 'vitest';
import { appendRows } from '../../src/bulk/append-rows.ts';
import { createRuns } from '../../src/bulk/runs.ts';
import type { AdminClient } from '../../src/cli/client/admin-client.ts';
import { openReport } from '../../src/cli/print/reconcile.ts';
import type { RunStore } from '../../src/domain/ports.ts';
import type { RunRow } from '../../src/domain/run.ts';
import { createMemoryRuns } from '../support/memory-runs.ts';
import { array, assert, asyncProperty, integer, nat } from '../support/property.ts';
import { aRun } from '../support/run-fixture.ts';

/** A run adds so many rows before each read of one of its pages; so many in a row are one customer's, and stay together. */
const growth = array(nat({ max: 260 }), { maxLength: 40 });
const ofOne = integer({ min: 1, max: 7 });

it('whoever follows a report while it grows reads every row once, in its order', async () => {
  await assert(
    asyncProperty(growth, ofOne, async (grows, together) => {
      const growing = await createGrowingRun(grows, together);
      const printed: string[] = [];
      const io = { stdout: { write: (text: string) => printed.push(text) } };
      const report = openReport(
        io as never,
        clientOf(growing.store),
        growing.runId,
        { json: true },
        { out: null, csv: null },
      );
      while (growing.grows()) await report.more();
      await report.more();
      const told = printed.map((line) => (JSON.parse(line) as { customerId: string }).customerId);
      expect(told).toEqual(growing.rows().map(({ customerId }) => customerId));
    }),
  );
});

/** Every read of one of its pages finds it grown. */
async function createGrowingRun(grows: readonly number[], together: number) {
  const store = createMemoryRuns();
  const { id: runId } = await store.create(aRun());
  const left = [...grows];
  const rows: { readonly customerId: string; readonly of: number }[] = [];
  let pages = 0;
  const grow = async (by: number): Promise<void> => {
    const more = Array.from({ length: by }, (_, nth) => {
      const n = rows.length + nth;
      return { customerId: `cus_${n}`, of: Math.floor(n / together) };
    });
    const context = { rows: (page: number) => store.rows(runId, page) };
    const added = await appendRows(more, pages, context, (row, next) => row.of === next.of);
    pages = added.count;
    rows.push(...more);
    await store.change(runId, (run) => ({ ...run }), added.pages);
  };
  return {
    runId,
    rows: () => rows,
    grows: () => left.length > 0,
    store: {
      ...store,
      async rows(id: string, page: number): Promise<readonly RunRow[] | null> {
        await grow(left.shift() ?? 0);
        return store.rows(id, page);
      },
    },
  };
}

function clientOf(store: RunStore): AdminClient {
  const bulk = { add: () => Promise.resolve() };
  const runs = createRuns({ runs: store, bulk, retentionMs: 1, now: () => 0 });
  const client: Pick<AdminClient, 'runRows'> = {
    async runRows(runId, cursor) {
      const found = await runs.rows(runId, Number(cursor ?? 0));
      return found && { rows: found.rows, nextCursor: found.nextPage?.toString() ?? null };
    },
  };
  return client as AdminClient;
}
