import type { z } from 'zod';
import type { auditEntry } from '../../http/admin/audit.ts';
import type { upcoming } from '../../http/admin/customer-view.ts';
import type { customer } from '../../http/admin/customer-schema.ts';
import type { run } from '../../http/admin/runs.ts';
import type { AdminCall, Query } from '../../http/admin/in-process.ts';
import type { RunRow } from '../../domain/run.ts';
import type { Outcome } from '../../domain/outcome/outcome.ts';
import type { Preview } from '../../domain/views/customer-view.ts';
import type { ReplayProgress } from '../../domain/views/bulk-work.ts';

export type ShownCustomer = z.output<typeof customer>;
export type ShownAudit = z.output<typeof auditEntry>;
export type ShownRun = z.output<typeof run>;
export type ShownPreview = Omit<Preview, 'customerId' | 'upcoming'> & {
  readonly customer: string | null;
  readonly upcoming: readonly ShownUpcoming[];
};
export type ShownUpcoming = z.output<typeof upcoming>;
export type ShownProgress = Omit<ReplayProgress, 'startedAt' | 'finishedAt'> & {
  readonly startedAt: string;
  readonly finishedAt: string | null;
};

export interface ReplayStarted {
  readonly replayId: string;
  readonly customers: number;
  readonly dryRun: boolean;
}

/** What commands ask of Planwire, in the words of the admin API. null: there is no such thing. */
export interface AdminClient {
  outcomes(
    query: Query,
  ): Promise<{ readonly outcomes: readonly Outcome[]; readonly nextCursor: string | null }>;
  find(anyId: string): Promise<{ readonly outcomes: readonly Outcome[] }>;
  troubled(
    cursor: string | null,
  ): Promise<{ readonly customers: readonly ShownCustomer[]; readonly nextCursor: string | null }>;
  problems(query: Query): Promise<unknown>;
  planFile(): Promise<{ readonly text: string }>;
  sync(customerId: string): Promise<void>;
  startReplay(input: Readonly<Record<string, unknown>>): Promise<ReplayStarted | null>;
  replay(replayId: string): Promise<ShownProgress | null>;
  startCatchUp(input: Readonly<Record<string, unknown>>): Promise<{ readonly runId: string }>;
  startReconciliation(input: Readonly<Record<string, unknown>>): Promise<{ readonly runId: string }>;
  runs(query: Query): Promise<{ readonly runs: readonly ShownRun[]; readonly nextCursor: string | null }>;
  run(runId: string): Promise<ShownRun | null>;
  runRows(
    runId: string,
    cursor: string | null,
  ): Promise<{ readonly rows: readonly RunRow[]; readonly nextCursor: string | null } | null>;
  abortRun(runId: string): Promise<ShownRun | null>;
  audit(
    query: Query,
  ): Promise<{ readonly entries: readonly ShownAudit[]; readonly nextCursor: string | null }>;
  preview(anyId: string): Promise<ShownPreview | null>;
  /** How many customers; null: this one is not held. */
  release(which: { readonly customerId: string } | 'all'): Promise<number | null>;
  /** Whether what is asked for waits until a service is started: nobody else has this store now. */
  readonly offline: boolean;
  /** Does the work of a run, where nobody else would: no worker has this store now. null: somebody does. */
  readonly drive: ((runId: string, signal: AbortSignal) => Promise<void>) | null;
  /** What whoever reads the answers should know of the store they come from. */
  readonly remark: string | null;
  close(): Promise<void>;
}

/** The other side answered with a refusal; its message is one sentence for people. */
export class CallRefused extends Error {
  override readonly name = 'CallRefused';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function clientOver(
  call: AdminCall,
  rest: Pick<AdminClient, 'offline' | 'drive' | 'remark' | 'close'>,
): AdminClient {
  const must = async <T>(...given: Parameters<AdminCall>): Promise<T> => {
    const { status, body } = await call(...given);
    if (status >= 300) throw new CallRefused(status, messageOf(body));
    return body as T;
  };
  const may = async <T>(...given: Parameters<AdminCall>): Promise<T | null> => {
    const { status, body } = await call(...given);
    if (status === 404 && codeOf(body) === 'not_found') return null;
    if (status >= 300) throw new CallRefused(status, messageOf(body));
    return body as T;
  };
  const inPath = encodeURIComponent;
  return {
    ...rest,
    outcomes: (query) => must('get', '/v1/outcomes', { query }),
    find: (anyId) => must('get', `/v1/find/${inPath(anyId)}`),
    troubled: (cursor) => must('get', '/v1/failing', { query: { limit: 200, cursor } }),
    problems: (query) => must('get', '/v1/problems', { query }),
    planFile: () => must('get', '/v1/plan-file'),
    sync: (customer) => must('post', '/v1/syncs', { body: { customer } }),
    startReplay: (body) => may('post', '/v1/replays', { body }),
    replay: (replayId) => may('get', `/v1/replays/${inPath(replayId)}`),
    startCatchUp: (body) => must('post', '/v1/catch-ups', { body }),
    startReconciliation: (body) => must('post', '/v1/reconciliations', { body }),
    runs: (query) => must('get', '/v1/runs', { query }),
    run: (runId) => may('get', `/v1/runs/${inPath(runId)}`),
    runRows: (runId, cursor) => may('get', `/v1/runs/${inPath(runId)}/rows`, { query: { cursor } }),
    abortRun: (runId) => may('post', `/v1/runs/${inPath(runId)}/abort`),
    audit: (query) => must('get', '/v1/audit', { query }),
    preview: (id) => may('post', '/v1/preview', { body: { id } }),
    async release(which) {
      const path = which === 'all' ? '/v1/held/release' : `/v1/held/${inPath(which.customerId)}/release`;
      return (await may<{ released: number }>('post', path))?.released ?? null;
    },
  };
}

function errorIn(body: unknown): { readonly code?: unknown; readonly message?: unknown } {
  const error = (body as { readonly error?: unknown } | null)?.error;
  return typeof error === 'object' && error !== null ? error : {};
}

function codeOf(body: unknown): unknown {
  return errorIn(body).code;
}

function messageOf(body: unknown): string {
  const { message } = errorIn(body);
  return typeof message === 'string' ? message : 'The answer is not one of Planwire.';
}

/** Why a command cannot speak with Planwire at all, a sentence each. */
export class NoConnection extends Error {
  override readonly name = 'NoDoors';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join(' '));
    this.problems = problems;
  }
}
