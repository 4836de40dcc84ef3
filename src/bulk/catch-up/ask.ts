import { hasPassed } from '../../domain/deadline.ts';
import type { SharedValues } from '../../domain/ports.ts';
import type { Runs } from '../runs.ts';
import { caughtUpName } from './catch-up.ts';
import { iso } from '../../domain/iso-time.ts';
import type { CatchUpAsked } from '../../domain/views/bulk-work.ts';

const askedName = 'caughtUpAsked';
const everyMs = 60 * 60_000;
/** Whoever could not ask for so long was without a store, or asleep. */
const awayMs = 2 * 60_000;
/** Stripe keeps events for so long. */
const keptMs = 30 * 24 * 60 * 60_000;
const tooLong = 'Nothing was heard for more than 30 days, which is longer than Stripe keeps events';

/**
 * Asks for what came meanwhile: when a process starts, after the store was away, and every hour over all processes. A gap
 * that is longer than Stripe's memory asks for a look at everybody. Called every some seconds; answers what it asked for.
 */
export function createAskCatchUp(deps: {
  readonly shared: Pick<SharedValues, 'get' | 'set' | 'change'>;
  readonly runs: Pick<Runs, 'request'>;
  readonly reconcile: (note: string) => Promise<unknown>;
  readonly isOn: boolean;
  readonly now: () => number;
}): () => Promise<'catch-up' | 'reconcile' | null> {
  let lastAsk: number | null = null;
  return async () => {
    if (!deps.isOn) return null;
    const now = deps.now();
    const wasAway = lastAsk === null || hasPassed(lastAsk, awayMs, now);
    const known = await deps.shared.get(caughtUpName);
    lastAsk = now;
    if (known === null) {
      // A new installation has nothing behind it.
      await deps.shared.set(caughtUpName, String(now));
      await deps.shared.set(askedName, String(now));
      return null;
    }
    let isTime = false;
    await deps.shared.change(askedName, (text) => {
      isTime = wasAway || text === null || hasPassed(Number(text), everyMs, now);
      return isTime ? String(now) : (text ?? '0');
    });
    if (!isTime) return null;
    if (hasPassed(Number(known), keptMs, now)) {
      await deps.shared.set(caughtUpName, String(now));
      await deps.reconcile(`${tooLong}.`);
      return 'reconcile';
    }
    const work = { kind: 'catch-up', selection: { since: null }, options: { dryRun: false } } as const;
    await deps.runs.request(work, { requestedBy: 'planwire', note: null });
    return 'catch-up';
  };
}

/** Somebody asks for it. What is longer ago than Stripe's memory is said, and is for a look at everybody as above. */
export function createStartCatchUp(deps: {
  readonly shared: Pick<SharedValues, 'get'>;
  readonly runs: Pick<Runs, 'request'>;
  readonly reconcile: (note: string) => Promise<unknown>;
  readonly now: () => number;
}) {
  return async (input: CatchUpAsked): Promise<{ readonly runId: string }> => {
    const { dryRun, requestedBy } = input;
    const now = deps.now();
    const from = input.since ?? Number((await deps.shared.get(caughtUpName)) ?? now);
    const isTooLong = hasPassed(from, keptMs, now);
    if (isTooLong && input.since === null && !dryRun) await deps.reconcile(`${tooLong}.`);
    const since = input.since === null ? null : iso(input.since);
    const work = { kind: 'catch-up', selection: { since }, options: { dryRun } } as const;
    const note = isTooLong ? noteOf(input) : null;
    const { id } = await deps.runs.request(work, { requestedBy, note });
    return { runId: id };
  };
}

function noteOf({ since, dryRun }: { readonly since: number | null; readonly dryRun: boolean }): string {
  if (since === null) return `${tooLong}: ${dryRun ? 'without a dry run ' : ''}everybody is looked at.`;
  return 'Stripe keeps events for 30 days: what it made before is not among these. planwire reconcile looks at everybody.';
}
