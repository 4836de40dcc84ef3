import type { ReplayInput, ReplayStarted } from '../domain/views.ts';
import { cause } from '../domain/customer/cause.ts';
import type { createCustomersOf } from '../queries/customers-of.ts';
import type { CustomerStore, EventQueue, OutcomeStore } from '../domain/ports.ts';
import { chunkSize, writeReplay, writeWaiting, type ReplayValues } from './replay-document.ts';
import type { RequestSync } from '../sync/request-sync.ts';
import { selectCustomers } from './replay-select.ts';

export interface ReplayDeps {
  readonly shared: ReplayValues;
  readonly customers: Pick<CustomerStore, 'troubled'>;
  readonly outcomes: Pick<OutcomeStore, 'list'>;
  readonly events: Pick<EventQueue, 'add'>;
  readonly requestSync: RequestSync;
  readonly customersOf: ReturnType<typeof createCustomersOf>;
  readonly newReplayId: (now: number) => string;
  readonly now: () => number;
}

/**
 * Syncs customers again from what Stripe and Unkey say now: an old payload is never applied, so a replay may run twice.
 * Whom it is for is settled here, durably, before anything is asked for; a job then asks, chunk by chunk (replay-run).
 * null: the id leads to nobody.
 */
export function createStartReplay(deps: ReplayDeps): (input: ReplayInput) => Promise<ReplayStarted | null> {
  return async (input) => {
    const one = 'id' in input;
    const customerIds = one
      ? (await deps.customersOf(input.id)).customerIds
      : await selectCustomers(deps, input.filter);
    if (one && customerIds.length === 0) return null;
    const startedAt = deps.now();
    const replayId = deps.newReplayId(startedAt);
    const { dryRun } = input;
    // Those behind one id are few: somebody waits for them, so they go first.
    const atOnce = one && !dryRun && customerIds.length <= chunkSize;
    const chunks = inChunks(dryRun ? [] : customerIds);
    for (const [index, chunk] of chunks.entries()) await writeWaiting(deps.shared, replayId, index, chunk);
    await writeReplay(deps.shared, {
      replayId,
      dryRun,
      startedAt,
      customers: customerIds.length,
      waiting: chunks.map((chunk) => chunk.length),
      failing: chunks.map(() => 0),
      chunksRequested: atOnce ? chunks.length : 0,
      turn: 0,
      idle: 0,
      finishedAt: dryRun ? startedAt : null,
    });
    if (atOnce) for (const id of customerIds) await deps.requestSync(id, cause('replay'), { now: true });
    if (!dryRun) {
      const concern = { kind: 'replay', replayId } as const;
      const job = { eventId: `replay:${replayId}`, type: 'planwire.replay', receivedAt: startedAt, concern };
      await deps.events.add(job);
    }
    return { replayId, customers: customerIds.length, dryRun };
  };
}

function inChunks(ids: readonly string[]): readonly (readonly string[])[] {
  const count = Math.ceil(ids.length / chunkSize);
  return Array.from({ length: count }, (_, index) => ids.slice(index * chunkSize, (index + 1) * chunkSize));
}
