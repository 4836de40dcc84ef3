import type { ReplayProgress } from '../domain/views.ts';
import type { SharedValues } from '../domain/ports.ts';

export type ReplayValues = Pick<SharedValues, 'get' | 'set'>;

/** Customers are kept and asked for in chunks of this many. */
export const chunkSize = 500;

/**
 * A replay as the store keeps it. Beside it lie its chunks: the customers of each whose sync has not ended yet. Counts
 * are kept per chunk and written after the chunk, so that a crash in between is put right when the chunk is next read.
 */
export interface ReplayDocument {
  readonly replayId: string;
  readonly dryRun: boolean;
  readonly customers: number;
  /** How many customers of each chunk have not been synced since. */
  readonly waiting: readonly number[];
  /** How many customers of each chunk were synced and are failing all the same. */
  readonly failing: readonly number[];
  /** Chunks whose customers have all been asked for. */
  readonly chunksRequested: number;
  /** The chunk to look at next. */
  readonly turn: number;
  /** How often in a row a look found nothing new. */
  readonly idle: number;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly finishedAt: number | null;
}

const nameOf = (replayId: string): string => `replay:${replayId}`;
const chunkName = (replayId: string, index: number): string => `replay:${replayId}:${index}`;

export async function readReplay(shared: ReplayValues, replayId: string): Promise<ReplayDocument | null> {
  // The id comes from outside, and other values lie beside the replays.
  if (!/^rep_[0-9A-Z]+$/.test(replayId)) return null;
  const text = await shared.get(nameOf(replayId));
  return text === null ? null : (JSON.parse(text) as ReplayDocument);
}

export async function writeReplay(shared: ReplayValues, document: ReplayDocument): Promise<void> {
  await shared.set(nameOf(document.replayId), JSON.stringify(document));
}

export async function readWaiting(
  shared: ReplayValues,
  replayId: string,
  index: number,
): Promise<readonly string[]> {
  const text = await shared.get(chunkName(replayId, index));
  return text === null || text === '' ? [] : (JSON.parse(text) as string[]);
}

export async function writeWaiting(
  shared: ReplayValues,
  replayId: string,
  index: number,
  customerIds: readonly string[],
): Promise<void> {
  await shared.set(chunkName(replayId, index), customerIds.length === 0 ? '' : JSON.stringify(customerIds));
}

function progressOf(document: ReplayDocument): ReplayProgress {
  const { replayId, customers, dryRun, waiting, failing, chunksRequested, startedAt, finishedAt } = document;
  const requested = Math.min(customers, chunksRequested * chunkSize);
  return {
    replayId,
    customers,
    dryRun,
    requested,
    startedAt,
    finishedAt,
    state: dryRun ? 'dryRun' : finishedAt === null ? 'running' : 'done',
    done: dryRun ? 0 : customers - sum(waiting),
    failing: sum(failing),
  };
}

export function createReplayProgress(shared: ReplayValues) {
  return async (replayId: string): Promise<ReplayProgress | null> => {
    const document = await readReplay(shared, replayId);
    return document === null ? null : progressOf(document);
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
