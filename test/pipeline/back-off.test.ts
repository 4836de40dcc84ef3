import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startPipeline, waitFor, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';
import { subscribe, type Subscriber } from '../support/subscriber.ts';

describe.each(['redis', 'embedded'] as const)(
  'a customer who waits out a back-off on the %s store',
  (store) => {
    let pipeline: Pipeline;
    let count = 0;
    beforeAll(async () => {
      pipeline = await startPipeline({
        store,
        plans: plansText,
        env: { SYNC_ATTEMPTS: '2' },
        // The first back-off outlasts any test.
        overrides: { waits: { backoffMs: 600_000 } },
      });
      makeCatalog(pipeline.stripe);
      await pipeline.stripe.settled();
    });
    afterAll(() => pipeline.stop());
    afterEach(() => pipeline.unkey.faults.clear());

    const fails = async (attempts: number): Promise<Subscriber> => {
      pipeline.unkey.faults.add({ match: '*', status: 503 });
      const one = subscribe(pipeline, `b${++count}`);
      await waitFor(() => one.last()?.status === 'retrying');
      // Until then its job runs, and what comes meanwhile runs after it in any case.
      await waitFor(async () => (await pipeline.service.context.store.queueCounts()).syncs.delayed === 1);
      for (let n = 1; n < attempts; n += 1) {
        one.change({ quantity: 1 + n });
        await waitFor(() => one.outcomes().length > n);
      }
      pipeline.unkey.faults.clear();
      return one;
    };

    it('is synced at once when something new happens to it', async () => {
      const one = await fails(1);
      one.change({ quantity: 5 });
      await waitFor(() => one.meta()['seats'] === 5);
      await waitFor(() => one.last()?.status === 'applied');
    });

    it('is synced at once when somebody presses Resend on an event that came before, once it is failing', async () => {
      const one = await fails(2);
      expect(one.last()).toMatchObject({ status: 'failed' });
      const [eventId = ''] = one.last()?.cause.eventIds ?? [];
      expect(await pipeline.stripe.redeliver(eventId)).toMatchObject({ status: 200 });
      await waitFor(() => one.last()?.status === 'applied');
      expect(one.meta()['plan']).toBe('team');
    });
  },
);
