import { everyPage } from '../every-page.ts';
import type { QueueDepth, Stats } from '../domain/views/stats.ts';
import { outcomeStatuses, type Outcome, type OutcomeStatus } from '../domain/outcome/outcome.ts';
import type { OutcomeStore } from '../domain/ports.ts';

type Counts = Partial<Record<OutcomeStatus, number>>;

const pageSize = 500;
const outcomesRead = 20_000;
const minuteMs = 60_000;

/** Numbers over the newest outcomes of a window: at most 20,000 are read, and `truncated` says if there were more. */
export function createStats(deps: {
  readonly outcomes: Pick<OutcomeStore, 'list'>;
  readonly queues: () => Promise<Readonly<Record<string, QueueDepth>>>;
  readonly now: () => number;
}): (windowMs: number) => Promise<Stats> {
  return async (windowMs) => {
    const minutes = new Map<number, Counts>();
    const latencies: number[] = [];
    const since = deps.now() - windowMs;
    let read = 0;
    let truncated = false;
    const list = (cursor: string | null) => deps.outcomes.list({ since }, cursor, pageSize);
    for await (const { items, nextCursor } of everyPage(list)) {
      for (const outcome of items) note(outcome, minutes, latencies);
      read += items.length;
      truncated = nextCursor !== null;
      if (read >= outcomesRead) break;
    }
    return {
      windowMs,
      truncated,
      statuses: totals([...minutes.values()]),
      minutes: [...minutes].sort(([a], [b]) => a - b).map(([minute, statuses]) => ({ minute, statuses })),
      latency: percentiles(latencies),
      queues: await deps.queues(),
    };
  };
}

function note(outcome: Outcome, minutes: Map<number, Counts>, latencies: number[]): void {
  const finishedAt = Date.parse(outcome.finishedAt);
  const minute = Math.floor(finishedAt / minuteMs) * minuteMs;
  const counts = minutes.get(minute) ?? {};
  minutes.set(minute, { ...counts, [outcome.status]: (counts[outcome.status] ?? 0) + 1 });
  const { receivedAt } = outcome.cause;
  if (outcome.status === 'applied' && receivedAt !== null) {
    latencies.push(Math.max(0, finishedAt - Date.parse(receivedAt)));
  }
}

function totals(minutes: readonly Counts[]): Readonly<Record<OutcomeStatus, number>> {
  const count = (status: OutcomeStatus): number =>
    minutes.reduce((sum, counts) => sum + (counts[status] ?? 0), 0);
  const entries = outcomeStatuses.map((status) => [status, count(status)] as const);
  return Object.fromEntries(entries) as Record<OutcomeStatus, number>;
}

function percentiles(samples: readonly number[]): Stats['latency'] {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number): number | null =>
    sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? null;
  return { count: sorted.length, p50: at(0.5), p90: at(0.9), p99: at(0.99) };
}
