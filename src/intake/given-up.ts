import type { EventQueue, OutcomeStore } from '../domain/ports.ts';
import type { Outcome } from '../domain/outcome/outcome.ts';
import type { EventJob } from '../domain/work.ts';
import { eventWithoutCustomer } from './without-customer.ts';

/**
 * The queue gave an event up, which no setting of ours asks for. It was acknowledged, so it is reported under its id and
 * put into the queue again; until that has happened Stripe's redelivery finds the door open.
 */
export function createGivenUp(deps: {
  readonly outcomes: Pick<OutcomeStore, 'put'>;
  readonly events: Pick<EventQueue, 'add' | 'release'>;
  readonly plans: () => { readonly hash: string };
  readonly now: () => number;
  readonly newOutcomeId: (now: number) => string;
  readonly announce: (outcome: Outcome) => void;
}): (job: EventJob, reason: string) => Promise<void> {
  return async (job, reason) => {
    const now = deps.now();
    const detail = `The queue gave the event up (${reason}); it is taken again.`;
    const error = {
      code: 'job_given_up',
      title: 'The queue gave this event up',
      detail,
      status: null,
      docs: null,
      retryable: true,
    };
    const outcome = eventWithoutCustomer(job, error, {
      id: deps.newOutcomeId(now),
      now,
      retryAt: null,
      requests: [],
      planFileHash: deps.plans().hash,
      explanation: detail,
    });
    await deps.outcomes.put(outcome);
    deps.announce(outcome);
    await deps.events.release(job.eventId);
    await deps.events.add(job);
  };
}
