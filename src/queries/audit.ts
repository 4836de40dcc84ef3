import { monotonicFactory } from 'ulid';
import type { AuditEntry, AuditTarget, RecordAudit } from '../domain/audit.ts';
import type { Page } from '../domain/outcome/outcome.ts';
import type { AuditStore, RunStore } from '../domain/ports.ts';
import type { Scrub } from '../domain/scrub.ts';

export function createRecordAudit(deps: {
  readonly audit: Pick<AuditStore, 'put'>;
  /** Ids are taken as people paste them. */
  readonly scrub: Scrub;
  readonly now: () => number;
}): RecordAudit {
  const newId = monotonicFactory();
  return async ({ target, ...asked }) => {
    const at = deps.now();
    const entry: AuditEntry = {
      id: `aud_${newId(at)}`,
      at,
      ...asked,
      target: scrubbed(target, deps.scrub),
      result: 'asked',
      customers: null,
      runId: null,
    };
    await deps.audit.put(entry);
    return async (end) => {
      // It has been done by now, and the first note stands: whoever asked is told of what was done.
      await deps.audit.put({ ...entry, ...end }).catch(() => undefined);
    };
  };
}

function scrubbed(target: AuditTarget, scrub: Scrub): AuditTarget {
  return Object.fromEntries(
    Object.entries(target).map(([name, value]) => [name, typeof value === 'string' ? scrub(value) : value]),
  );
}

/** What operators did, newest first; how many a run concerns is known once it has counted them. */
export function createListAudit(deps: {
  readonly audit: Pick<AuditStore, 'list'>;
  readonly runs: Pick<RunStore, 'read'>;
}): (cursor: string | null, limit: number) => Promise<Page<AuditEntry>> {
  return async (cursor, limit) => {
    const page = await deps.audit.list(cursor, limit);
    const items = await Promise.all(
      page.items.map(async (entry) => {
        const run = entry.runId === null ? null : await deps.runs.read(entry.runId);
        return run === null ? entry : { ...entry, customers: run.counts.customers };
      }),
    );
    return { ...page, items };
  };
}
