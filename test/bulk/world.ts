import { blankRecord, type CustomerRecord } from '../../src/domain/customer/customer-record.ts';
import type { Page } from '../../src/domain/outcome/outcome.ts';
import type { RunStore } from '../../src/domain/ports.ts';
import type { Verdict } from '../../src/domain/work.ts';
import { createRunChunk } from '../../src/bulk/chunk.ts';
import type { Kinds } from '../../src/bulk/kind.ts';
import { createRefreshCatalog } from '../../src/bulk/refresh-catalog.ts';
import { createReleaseHeld } from '../../src/bulk/release-held.ts';
import { createReplay } from '../../src/bulk/replay.ts';
import { createRunBulk } from '../../src/bulk/run.ts';
import { createRuns } from '../../src/bulk/runs.ts';
import { createStartReplay } from '../../src/bulk/start-replay.ts';
import { createTurn } from '../../src/bulk/turn.ts';
import { createMemoryRuns } from '../support/memory-runs.ts';
import { createPlanChange } from '../../src/bulk/look-at-everyone.ts';

/** The process died at this call of the store. */
export class Died extends Error {}

export const ratePerSecond = 20;
const retentionMs = 86_400_000;

/** Bulk work on stores in memory, whose process dies at the call that a test names. */
export function bulkWorld() {
  const records = new Map<string, CustomerRecord>();
  const shared = new Map<string, string>();
  const documents = createMemoryRuns();
  const jobs = new Set<string>();
  const standing = { left: Number.POSITIVE_INFINITY, now: 1_000_000, calls: 0 };
  const now = (): number => standing.now;
  const alive = async <T>(work: () => T | Promise<T>): Promise<T> => {
    standing.calls += 1;
    if (standing.left-- <= 0) throw new Died();
    return work();
  };
  const runs: RunStore = {
    ...documents,
    create: (run) => alive(() => documents.create(run)),
    read: (id) => alive(() => documents.read(id)),
    change: (id, transition, pages) => alive(() => documents.change(id, transition, pages)),
    rows: (id, page) => alive(() => documents.rows(id, page)),
  };
  const customers = {
    read: (id: string) => alive(() => records.get(id) ?? null),
    change: (id: string, transition: (record: CustomerRecord) => CustomerRecord) =>
      alive(() => {
        const after = transition(records.get(id) ?? blankRecord(id));
        records.set(id, after);
        return after;
      }),
    list: (cursor: string | null, limit: number) =>
      alive(() => pageOf([...records.keys()].toSorted(), cursor, limit)),
    troubled: (cursor: string | null, limit: number) =>
      alive(() => {
        const page = pageOf([...records.keys()].filter(isTroubled), cursor, limit);
        return { ...page, items: page.items.flatMap((id) => records.get(id) ?? []) };
      }),
    counts: () => alive(() => ({ known: records.size, failing: 0, held: heldNow().length, due: 0 })),
  };
  const isTroubled = (id: string): boolean => {
    const record = records.get(id);
    return record !== undefined && (record.failingSince !== null || record.heldSince !== null);
  };
  const heldNow = () => [...records.values()].filter(({ heldSince }) => heldSince !== null);
  const outcomes = { list: () => Promise.resolve({ items: [], nextCursor: null }) };
  const syncs = { promote: () => alive(() => undefined) };
  const customersOf = (id: string) =>
    Promise.resolve({ customerIds: records.has(id) ? [id] : [], problem: null });
  const settings = { ratePerSecond, concurrency: 20 };
  const deps = { customers, outcomes, syncs, customersOf, settings, now };
  const kinds: Kinds = {
    replay: createReplay(deps),
    'release-held': createReleaseHeld(deps),
    'refresh-catalog': createRefreshCatalog(deps),
    'plan-change': createPlanChange(deps),
    // Its own tests have a Stripe and an Unkey to read.
    'catch-up': { step: () => Promise.reject(new Error('Nothing is caught up with in this world.')) },
    reconcile: { step: () => Promise.reject(new Error('Nobody is reconciled in this world.')) },
  };
  const rest = (ms: number): Promise<void> => Promise.resolve(void (standing.now += ms));
  const runChunk = createRunChunk({ runs, kinds, retentionMs, now, rest });
  const turn = createTurn({
    shared: {
      change: (name, transition) =>
        alive(() => {
          const text = transition(shared.get(name) ?? null);
          shared.set(name, text);
          return text;
        }),
    },
    who: 'one',
    now,
    rest,
  });
  const bulk = { add: (id: string) => alive(() => void jobs.add(id)) };
  const requested = createRuns({ runs, bulk, retentionMs, now });
  const requestSync = () => Promise.resolve({ ticket: 0 });
  const runBulk = createRunBulk({ runs, kinds, runChunk, turn, now });
  return {
    documents,
    records,
    jobs,
    runs: requested,
    startReplay: createStartReplay({
      runs: requested,
      documents: runs,
      runChunk,
      customers,
      requestSync,
      customersOf,
      now,
    }),
    /** One turn of the run's job. */
    work: (runId: string, signal = new AbortController().signal): Promise<Verdict> =>
      runBulk(runId, { signal }),
    dieAfter: (count: number) => void (standing.left = count),
    revive: () => void (standing.left = Number.POSITIVE_INFINITY),
    get calls() {
      return standing.calls;
    },
    get now() {
      return standing.now;
    },
    pass: (ms: number) => void (standing.now += ms),
  };
}

export type BulkWorld = ReturnType<typeof bulkWorld>;

function pageOf(ids: readonly string[], cursor: string | null, limit: number): Page<string> {
  const start = cursor === null ? 0 : ids.indexOf(cursor) + 1;
  const items = ids.slice(start, start + limit);
  return { items, nextCursor: start + limit < ids.length ? (items.at(-1) ?? null) : null };
}
