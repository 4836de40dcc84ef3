import type { CustomerStore, RunStore } from '../domain/ports.ts';
import type { ReplaySelection, Run } from '../domain/run.ts';
import type { ReplayInput, ReplayStarted } from '../domain/views/bulk-work.ts';
import { cause } from '../domain/customer/cause.ts';
import type { createCustomersOf } from '../queries/customers-of.ts';
import type { RequestSync } from '../sync/request-sync.ts';
import type { RunChunk } from './chunk.ts';
import { beginLook, pageSize, placeOf } from './replay.ts';
import type { ReplayRow } from './replay-look.ts';
import type { Runs } from './runs.ts';
import { iso } from '../domain/iso-time.ts';

/** Whoever asks waits so long for the number of customers; the rest of them is found by the run. */
const patienceMs = 10_000;

export interface StartReplayDeps {
  readonly runs: Pick<Runs, 'prepare' | 'enqueue'>;
  readonly documents: Pick<RunStore, 'change'>;
  readonly runChunk: RunChunk;
  readonly customers: Pick<CustomerStore, 'read'>;
  readonly requestSync: RequestSync;
  readonly customersOf: ReturnType<typeof createCustomersOf>;
  readonly now: () => number;
}

/**
 * Syncs customers again from what Stripe and Unkey say now: an old payload is never applied, so a replay may run twice.
 * The run is kept before anything is looked for: who asks once more, because the answer took too long, is told of the
 * same one. null: the id leads to nobody.
 */
export function createStartReplay(
  deps: StartReplayDeps,
): (input: ReplayInput, requestedBy: string) => Promise<ReplayStarted | null> {
  return async (input, requestedBy) => {
    const customerIds = 'id' in input ? (await deps.customersOf(input.id)).customerIds : null;
    if (customerIds?.length === 0) return null;
    const { dryRun } = input;
    const work = { kind: 'replay', selection: selectionOf(input), options: { dryRun } } as const;
    const kept = await deps.runs.prepare(work, { requestedBy, note: null });
    // Those behind one id are few: somebody waits for them, so they go first.
    const atOnce = customerIds !== null && !dryRun && customerIds.length <= pageSize;
    const run = atOnce ? await askAtOnce(deps, kept, customerIds) : await select(deps, kept);
    if (run.state === 'running') await deps.runs.enqueue(run);
    return { replayId: run.id, customers: run.counts.customers, dryRun };
  };
}

function selectionOf(input: ReplayInput): ReplaySelection {
  if ('id' in input) return { id: input.id };
  const { since, until, ...filter } = input.filter;
  return {
    ...filter,
    ...(since !== undefined && { since: iso(since) }),
    ...(until !== undefined && { until: iso(until) }),
  };
}

async function askAtOnce(deps: StartReplayDeps, kept: Run, customerIds: readonly string[]): Promise<Run> {
  const rows: ReplayRow[] = [];
  for (const customerId of customerIds) {
    const ticket = (await deps.customers.read(customerId))?.ticket ?? 0;
    rows.push({ customerId, state: 'waiting', ticket });
    await deps.requestSync(customerId, cause('replay'), { now: true });
  }
  const customers = rows.length;
  const asked = (held: Run): Run =>
    held.cursor === null
      ? { ...held, cursor: beginLook(), counts: { customers, done: 0, asked: customers } }
      : held;
  return (await deps.documents.change(kept.id, asked, [{ number: 0, rows }])) ?? kept;
}

async function select(deps: StartReplayDeps, kept: Run): Promise<Run> {
  const until = deps.now() + patienceMs;
  const { signal } = new AbortController();
  let run = kept;
  while (run.state === 'running' && placeOf(run.cursor).phase === 'select' && deps.now() < until) {
    run = (await deps.runChunk(run, signal)).run ?? kept;
  }
  return run;
}
