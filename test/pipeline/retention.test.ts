import { afterEach, expect, it } from 'vitest';
import { startPipeline, waitFor, type Pipeline } from '../support/pipeline.ts';
import { anOutcome } from '../support/outcome-fixture.ts';
import { plansText } from '../support/plans.ts';

const hourMs = 3_600_000;
let pipeline: Pipeline;
afterEach(() => pipeline.stop());

it.each(['redis', 'embedded'] as const)(
  'old outcomes are removed once an hour over all processes, also by processes that never live so long: %s',
  async (store) => {
    let clock = Date.now();
    const env = { OUTCOME_RETENTION_DAYS: '1' };
    pipeline = await startPipeline({ store, plans: plansText, env, overrides: { now: () => clock } });
    const put = (id: string, finishedAt: number) =>
      pipeline.service.context.store.outcomes.put(anOutcome({ id, finishedAt }));
    await put('out_OLD', clock - 23 * hourMs);
    await put('out_NEW', clock);
    await pipeline.service.context.prune();
    expect(await pipeline.service.context.prune(), 'this hour is done').toBeNull();

    clock += 2 * hourMs;
    await pipeline.restart();
    const removed = [await pipeline.service.context.prune(), await pipeline.service.context.prune()];
    expect(removed).toContain(null);
    const { outcomes } = pipeline.service.context.store;
    const left = async () => (await outcomes.list({}, null, 10)).items.map(({ id }) => id);
    // The scheduler may be the one that prunes.
    await waitFor(async () => (await left()).join() === 'out_NEW');
  },
);
