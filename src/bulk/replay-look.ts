import { cause } from '../domain/customer/cause.ts';
import type { CauseKind, CustomerRecord } from '../domain/customer/customer-record.ts';
import { markDirty } from '../domain/customer/record-transitions.ts';
import type { CustomerStore, SyncQueue } from '../domain/ports.ts';
import type { RunRow } from '../domain/run.ts';
import { fewAtOnce } from './mark.ts';

/** Where a run is that looks who has been synced since, from the first page to the last and again. */
export interface LookAt {
  readonly page: number;
  /** How often in a row a look at all pages found nothing new, and how many were done when this one began. */
  readonly idle: number;
  readonly done: number;
}

export const firstLook: LookAt = { page: 0, idle: 0, done: 0 };

/** Where a look goes on once a page was seen. */
export function lookOn({ page, idle, done }: LookAt, isLast: boolean, doneBy: number): LookAt {
  if (!isLast) return { page: page + 1, idle, done };
  return { page: 0, idle: idleAfter(idle, doneBy > done), done: doneBy };
}

export function idleAfter(idle: number, foundSomething: boolean): number {
  return foundSomething ? 0 : Math.min(idle + 1, 10);
}

/** Where nothing comes of looking, it is done less and less often. */
export function lookDelayMs(everyMs: number, idle: number): number {
  return Math.min(everyMs * 2 ** idle, longestLookMs);
}

const longestLookMs = 15_000;

/** One customer of a replay, as its report shows it. */
export interface ReplayRow extends RunRow {
  readonly customerId: string;
  /** `synced` well, or synced and `failing` all the same; `counted`: of a dry run, which asks for nobody. */
  readonly state: 'counted' | 'waiting' | 'synced' | 'failing';
  /** The ticket of the customer's newest sync when it was asked for: a sync since has a newer one. */
  readonly ticket: number;
}

/** Who of these has been synced since; those whose jobs wait out a back-off are taken out of it. */
export async function lookAtPage(
  deps: {
    readonly customers: Pick<CustomerStore, 'read' | 'change'>;
    readonly syncs: Pick<SyncQueue, 'promote'>;
    readonly settings: { readonly concurrency: number };
    readonly now: () => number;
  },
  rows: readonly ReplayRow[],
  why: CauseKind = 'replay',
): Promise<readonly ReplayRow[]> {
  const backingOff: string[] = [];
  const after = await fewAtOnce(rows, async (row) => {
    if (row.state !== 'waiting') return row;
    const record = await deps.customers.read(row.customerId);
    if (record === null) return { ...row, state: 'synced' as const };
    if (wasNeverAsked(record, row)) {
      const now = deps.now();
      await deps.customers.change(row.customerId, (held) => markDirty(held, cause(why), now, now));
    } else if (isSynced(record, row)) {
      return { ...row, state: record.failingSince === null ? ('synced' as const) : ('failing' as const) };
    } else if (backsOff(record, row)) backingOff.push(row.customerId);
    return row;
  });
  // A job that waits out a back-off keeps the sweep's out; few at a time, so that live work is never behind many.
  for (const id of backingOff.slice(0, deps.settings.concurrency)) await deps.syncs.promote(id);
  return after;
}

/** Whoever should have asked died before. */
function wasNeverAsked({ ticket, dirtySince }: CustomerRecord, row: ReplayRow): boolean {
  return ticket === row.ticket && dirtySince === null;
}

/** Whether an attempt that began since has ended, well or badly; one that is tried again in a moment has not. */
function isSynced({ ticket, inFlight, dirtySince, failingSince }: CustomerRecord, row: ReplayRow): boolean {
  return ticket > row.ticket && inFlight === null && (dirtySince === null || failingSince !== null);
}

/** Its last attempt was before; what has been tried since waits as long as the failure says. */
function backsOff({ ticket, attempts, failingSince }: CustomerRecord, row: ReplayRow): boolean {
  return ticket === row.ticket && attempts > 0 && failingSince === null;
}
