import { z } from 'zod';
import { runKinds, runStates, type Run, type RunRow } from '../../domain/run.ts';
import { MalformedCursorError } from '../../domain/outcome/cursor.ts';
import { cursor, id, isoTime, limit } from './fields.ts';
import { present } from './outcomes.ts';
import { route, type Route } from './route.ts';
import { withTimes } from '../../domain/iso-time.ts';
import type { RunStore } from '../../domain/ports.ts';

const kind = z.enum(runKinds, { error: `give one of ${runKinds.join(', ')}` });
const state = z.enum(runStates, { error: `give one of ${runStates.join(', ')}` });
const fields = z.record(z.string(), z.unknown());

export const run = z
  .object({
    id: z.string().meta({ example: 'run_01KAWJ5CCKX0ZK3W8C4C0F7V6T' }),
    kind,
    selection: fields.meta({ description: 'Whom it is for' }),
    options: fields,
    state: state.meta({ description: '`paused` goes on once it is resumed; the last three have ended' }),
    cursor: z.string().nullable().meta({ description: 'Where it goes on, in a notation of its own' }),
    counts: z
      .record(z.string(), z.number())
      .meta({ description: 'Of `customers`, `done` are seen to; the rest depends on the kind' }),
    startedAt: isoTime.nullable().meta({ description: 'null: it waits for its first turn' }),
    finishedAt: isoTime.nullable(),
    requestedBy: z.string(),
    note: z.string().nullable().meta({ description: 'Why it was asked for, or how it ended' }),
    expiresAt: isoTime,
  })
  .meta({ id: 'Run', description: 'Bulk work: whatever concerns many customers' });

const unknownRun = 'There is no run with this id; it may be older than the retention.';

export function listRuns(list: RunStore['list']): Route {
  return route({
    method: 'get',
    path: '/v1/runs',
    summary: 'Bulk work, newest first: replays, looks at every customer, releases of held downgrades',
    query: z.strictObject({
      kind: kind.optional(),
      state: state.optional(),
      limit,
      cursor: cursor.optional(),
    }),
    status: 200,
    response: z.object({ runs: z.array(run), nextCursor: z.string().nullable() }),
    handle: async ({ query }) => {
      const { limit, cursor, ...filter } = query;
      const page = await list(present(filter), cursor ?? null, limit);
      return { runs: page.items.map(shownRun), nextCursor: page.nextCursor };
    },
  });
}

export function getRun(get: RunStore['read']): Route {
  return route({
    method: 'get',
    path: '/v1/runs/{id}',
    summary: 'How far a run is',
    params: z.object({ id }),
    status: 200,
    response: run,
    missing: unknownRun,
    handle: async ({ params }) => {
      const found = await get(params.id);
      return found && shownRun(found);
    },
  });
}

export function abortRun(abort: (runId: string, requestedBy: string) => Promise<Run | null>): Route {
  return route({
    method: 'post',
    path: '/v1/runs/{id}/abort',
    summary:
      'End a run; what it has asked of customers so far stays asked. One that has ended stays as it is',
    params: z.object({ id }),
    audit: {
      action: 'abort-run',
      target: ({ params }) => ({ run: params.id }),
      ended: ({ id, counts }) => ({ runId: id, customers: counts['customers'] ?? null }),
    },
    status: 200,
    response: run,
    missing: unknownRun,
    handle: async ({ params, caller }) => {
      const found = await abort(params.id, caller.name);
      return found && shownRun(found);
    },
  });
}

/** Some hundred rows of a report, from a page on. */
interface RowsFrom {
  readonly rows: readonly RunRow[];
  readonly nextPage: number | null;
}

export function listRunRows(rows: (runId: string, page: number) => Promise<RowsFrom | null>): Route {
  return route({
    method: 'get',
    path: '/v1/runs/{id}/rows',
    summary: 'The report of a run, some hundred rows at a time; what a row holds depends on the kind',
    params: z.object({ id }),
    query: z.strictObject({ cursor: cursor.optional() }),
    status: 200,
    response: z.object({ rows: z.array(fields), nextCursor: z.string().nullable() }),
    missing: unknownRun,
    handle: async ({ params, query }) => {
      const found = await rows(params.id, pageOf(query.cursor ?? '0'));
      return found && { rows: found.rows, nextCursor: found.nextPage === null ? null : `${found.nextPage}` };
    },
  });
}

function pageOf(cursor: string): number {
  if (!/^\d{1,9}$/.test(cursor)) throw new MalformedCursorError();
  return Number(cursor);
}

export function shownRun(run: Run) {
  return withTimes(run, 'startedAt', 'finishedAt', 'expiresAt');
}
