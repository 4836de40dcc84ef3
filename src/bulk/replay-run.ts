import { cause } from '../domain/customer/cause.ts';
import { markDirty } from '../domain/customer/record-transitions.ts';
import type { CustomerRecord } from '../domain/customer/customer-record.ts';
import type { Verdict } from '../domain/work.ts';
import type { CustomerStore, SyncQueue } from '../domain/ports.ts';
import {
  chunkSize,
  readReplay,
  readWaiting,
  writeReplay,
  writeWaiting,
  type ReplayDocument,
  type ReplayValues,
} from './replay-document.ts';

export interface ReplayRunDeps {
  readonly shared: ReplayValues;
  readonly customers: Pick<CustomerStore, 'read' | 'change'>;
  readonly syncs: Pick<SyncQueue, 'promote'>;
  readonly settings: { readonly ratePerSecond: number; readonly concurrency: number };
  readonly now: () => number;
}

const atOnce = 20;
const chunksPerLook = 4;
const lookEveryMs = 1_000;
/** Somebody watches a small one, and looking costs little. */
const small = { customers: 50, lookEveryMs: 200 };
const longestLookMs = 15_000;

/**
 * One run of a replay's job: asks for what has not been asked for, then looks who has been synced since, and comes
 * back until that is everybody. Each step may be repeated, so the job goes on wherever a dead process left it.
 */
export function createReplayRun(deps: ReplayRunDeps): (replayId: string) => Promise<Verdict> {
  return async (replayId) => {
    let document = await readReplay(deps.shared, replayId);
    if (document === null || document.finishedAt !== null) return { kind: 'done' };
    while (document.chunksRequested < document.waiting.length) document = await requestChunk(deps, document);
    const looked = await look(deps, document);
    const over = looked.waiting.every((count) => count === 0);
    const after = over ? { ...looked, finishedAt: deps.now() } : looked;
    await writeReplay(deps.shared, after);
    if (over) return { kind: 'done' };
    const everyMs = document.customers <= small.customers ? small.lookEveryMs : lookEveryMs;
    return { kind: 'retry', delayMs: Math.min(everyMs * 2 ** after.idle, longestLookMs) };
  };
}

/**
 * Marks the customers of one chunk, each due a little later than the one before, at the rate at which syncs may run:
 * the sweep feeds them, and whatever is live overtakes them.
 */
async function requestChunk(deps: ReplayRunDeps, document: ReplayDocument): Promise<ReplayDocument> {
  const index = document.chunksRequested;
  const now = deps.now();
  const ids = await readWaiting(deps.shared, document.replayId, index);
  await forEach(ids, async (customerId, nth) => {
    const checkAt = document.startedAt + ((index * chunkSize + nth) * 1000) / deps.settings.ratePerSecond;
    await deps.customers.change(customerId, (record) =>
      markDirty(record, cause('replay'), now, Math.round(Math.max(checkAt, now))),
    );
  });
  const after = { ...document, chunksRequested: index + 1 };
  await writeReplay(deps.shared, after);
  return after;
}

/** Looks at the next few chunks, in turn: a customer who waits for long must not hide the ones behind. */
async function look(deps: ReplayRunDeps, document: ReplayDocument): Promise<ReplayDocument> {
  const count = document.waiting.length;
  const waiting = [...document.waiting];
  const failing = [...document.failing];
  const inTurn = Array.from({ length: count }, (_, nth) => (document.turn + nth) % count);
  const chosen = inTurn.filter((index) => (waiting[index] ?? 0) > 0).slice(0, chunksPerLook);
  for (const index of chosen) {
    const found = await lookAtChunk(deps, document, index);
    waiting[index] = found.waiting;
    failing[index] = (failing[index] ?? 0) + found.failing;
  }
  const moved = waiting.some((left, index) => left !== document.waiting[index]);
  const turn = count === 0 ? 0 : ((chosen.at(-1) ?? document.turn) + 1) % count;
  return { ...document, waiting, failing, turn, idle: moved ? 0 : Math.min(document.idle + 1, 10) };
}

async function lookAtChunk(
  deps: ReplayRunDeps,
  { replayId, startedAt }: ReplayDocument,
  index: number,
): Promise<{ readonly waiting: number; readonly failing: number }> {
  const ids = await readWaiting(deps.shared, replayId, index);
  const waiting: string[] = [];
  const backingOff: string[] = [];
  let failing = 0;
  await forEach(ids, async (customerId) => {
    const record = await deps.customers.read(customerId);
    if (record === null) return;
    if (!isSynced(record, startedAt)) waiting.push(customerId);
    else if (record.failingSince !== null) failing += 1;
    if (backsOff(record, startedAt, deps.now())) backingOff.push(customerId);
  });
  // A job that waits out a back-off keeps the sweep's out; few at a time, so that live work is never behind many.
  for (const id of backingOff.slice(0, deps.settings.concurrency)) await deps.syncs.promote(id);
  if (waiting.length < ids.length) await writeWaiting(deps.shared, replayId, index, waiting);
  return { waiting: waiting.length, failing };
}

/** Whether an attempt has ended since, well or badly; one that is tried again in a moment has not. */
function isSynced({ lastSyncAt, dirtySince, failingSince }: CustomerRecord, since: number): boolean {
  return lastSyncAt !== null && lastSyncAt >= since && (dirtySince === null || failingSince !== null);
}

function backsOff({ attempts, lastSyncAt, failingSince }: CustomerRecord, since: number, now: number) {
  return attempts > 0 && failingSince === null && (lastSyncAt ?? now) < since;
}

async function forEach(
  ids: readonly string[],
  work: (id: string, nth: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const one = async (): Promise<void> => {
    for (let nth = next++; nth < ids.length; nth = next++) await work(ids[nth] ?? '', nth);
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}
