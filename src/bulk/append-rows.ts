import type { RunPage, RunRow } from '../domain/run.ts';
import type { StepContext } from './kind.ts';

/** Rows of a page of a report. */
export const rowsPerPage = 100;

/**
 * The pages that change when rows are added behind the first so many pages, and how many there are then. `joined`: two
 * rows that must stand on one page, which may be longer for that.
 */
export async function appendRows<Row extends RunRow>(
  rows: readonly Row[],
  pages: number,
  context: Pick<StepContext, 'rows'>,
  joined: (row: Row, next: Row) => boolean = () => false,
): Promise<{ readonly pages: readonly RunPage[]; readonly count: number }> {
  if (rows.length === 0) return { pages: [], count: pages };
  const last = pages === 0 ? null : ((await context.rows(pages - 1)) as readonly Row[] | null);
  const open = last !== null && last.length < rowsPerPage;
  const all = open ? [...last, ...rows] : rows;
  const first = open ? pages - 1 : pages;
  const written: RunPage[] = [];
  for (let from = 0; from < all.length;) {
    let to = Math.min(from + rowsPerPage, all.length);
    while (isJoined(all, to, joined)) to += 1;
    written.push({ number: first + written.length, rows: all.slice(from, to) });
    from = to;
  }
  return { pages: written, count: first + written.length };
}

function isJoined<Row>(rows: readonly Row[], at: number, joined: (row: Row, next: Row) => boolean): boolean {
  const [before, next] = [rows[at - 1], rows[at]];
  return before !== undefined && next !== undefined && joined(before, next);
}
