import type { Outcome, OutcomeStatus } from '../../domain/outcome/outcome.ts';
import type { Upstream } from '../../domain/upstream/failure.ts';
import type { OverviewCell } from '../../domain/overview.ts';
import { merge, note, quantile, size, type Histogram } from './histogram.ts';

/** The numbers of a stretch of time, of whatever length: cells of a minute add up to those of a day. */
export interface Cell {
  readonly statuses: Map<OutcomeStatus, number>;
  /** From the arrival of an event to the applied change. */
  readonly applied: Histogram;
  /** From the arrival of an event to the start of its sync: how old the queue is. */
  readonly waited: Histogram;
  readonly upstreams: Readonly<Record<Upstream, UpstreamCell>>;
}

interface UpstreamCell {
  readonly took: Histogram;
  throttled: number;
  failed: number;
}

export const minuteMs = 60_000;

export function blankCell(): Cell {
  const upstream = (): UpstreamCell => ({ took: new Map(), throttled: 0, failed: 0 });
  return {
    statuses: new Map(),
    applied: new Map(),
    waited: new Map(),
    upstreams: { stripe: upstream(), unkey: upstream() },
  };
}

export function noteOutcome(cell: Cell, outcome: Outcome): void {
  const { status, cause, requests } = outcome;
  cell.statuses.set(status, (cell.statuses.get(status) ?? 0) + 1);
  if (cause.receivedAt !== null && cause.kind === 'event') {
    const receivedAt = Date.parse(cause.receivedAt);
    note(cell.waited, Date.parse(outcome.startedAt) - receivedAt);
    if (status === 'applied') note(cell.applied, Date.parse(outcome.finishedAt) - receivedAt);
  }
  for (const request of requests) {
    const upstream = cell.upstreams[request.service];
    note(upstream.took, request.ms);
    if (request.status === 429) upstream.throttled += 1;
    else if (request.status === null || request.status >= 500) upstream.failed += 1;
  }
}

function addTo(sum: Cell, cell: Cell): void {
  for (const [status, count] of cell.statuses) {
    sum.statuses.set(status, (sum.statuses.get(status) ?? 0) + count);
  }
  merge(sum.applied, cell.applied);
  merge(sum.waited, cell.waited);
  for (const service of ['stripe', 'unkey'] as const) {
    const into = sum.upstreams[service];
    const from = cell.upstreams[service];
    merge(into.took, from.took);
    into.throttled += from.throttled;
    into.failed += from.failed;
  }
}

/** Cells of a minute as fewer, longer ones, oldest first; those in which nothing happened are left out. */
export function gathered(
  minutes: ReadonlyMap<number, Cell>,
  from: number,
  lengthMs: number,
): readonly OverviewCell[] {
  const first = Math.floor(from / lengthMs) * lengthMs;
  const sums = new Map<number, Cell>();
  for (const [minute, cell] of minutes) {
    if (minute < first) continue;
    const at = Math.floor(minute / lengthMs) * lengthMs;
    const sum = sums.get(at) ?? blankCell();
    sums.set(at, sum);
    addTo(sum, cell);
  }
  return [...sums].sort(([a], [b]) => a - b).map(([at, cell]) => shown(at, cell));
}

function shown(at: number, { statuses, applied, waited, upstreams }: Cell): OverviewCell {
  const upstream = (service: Upstream) => {
    const { took, throttled, failed } = upstreams[service];
    return { calls: size(took), p50: quantile(took, 0.5), p99: quantile(took, 0.99), throttled, failed };
  };
  return {
    at,
    statuses: Object.fromEntries(statuses),
    applied: { count: size(applied), p50: quantile(applied, 0.5), p99: quantile(applied, 0.99) },
    waited: { p50: quantile(waited, 0.5), p99: quantile(waited, 0.99) },
    stripe: upstream('stripe'),
    unkey: upstream('unkey'),
  };
}
