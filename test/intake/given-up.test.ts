import { expect, it } from 'vitest';
import type { Outcome } from '../../src/domain/outcome/outcome.ts';
import type { EventJob } from '../../src/domain/work.ts';
import { createGivenUp } from '../../src/intake/given-up.ts';

it('P3, P6: an event that the queue failed all the same is reported under its id and taken again', async () => {
  const done: string[] = [];
  const outcomes: Outcome[] = [];
  const noting = <Result>(what: string, result: Result) => {
    done.push(what);
    return Promise.resolve(result);
  };
  const givenUp = createGivenUp({
    outcomes: {
      put(outcome) {
        outcomes.push(outcome);
        return noting('reported', undefined);
      },
    },
    events: {
      add: ({ eventId }) => noting(`added ${eventId}`, 'queued'),
      release: (eventId) => noting(`released ${eventId}`, undefined),
    },
    plans: () => ({ hash: 'sha256:1' }),
    now: () => 1_000,
    newOutcomeId: () => 'out_1',
    announce: () => undefined,
  });
  const job: EventJob = {
    eventId: 'evt_1',
    type: 'customer.updated',
    receivedAt: 500,
    concern: { kind: 'customer', customerId: 'cus_1' },
  };
  await givenUp(job, 'job stalled more than allowable limit');
  // The report comes first: a crash after it finds the event in the outcomes, and Stripe's redelivery the door open.
  expect(done).toEqual(['reported', 'released evt_1', 'added evt_1']);
  expect(outcomes[0]).toMatchObject({
    status: 'failed',
    cause: { kind: 'event', eventIds: ['evt_1'] },
    error: { code: 'job_given_up', retryable: true },
  });
});
