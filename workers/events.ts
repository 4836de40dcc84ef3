import type { EventJob } from '../src/domain/work.ts';
import type { Store, Work, WorkHandle } from '../src/store/store.ts';

/** A queue without a limiter cannot be made to wait; this one only has to be out of the way. */
export const eventsPerSecond = 10_000;

export interface EventsPorts {
  readonly store: Pick<Store, 'work'>;
  readonly handleEvent: Work<'events', EventJob>['handle'];
  readonly eventGivenUp: (job: EventJob, reason: string) => Promise<void>;
  readonly config: { readonly sync: { readonly concurrency: number } };
}

/** Takes events: from each to the customers it concerns. */
export function startEvents({ store, handleEvent, eventGivenUp, config }: EventsPorts): WorkHandle {
  return store.work({
    queue: 'events',
    concurrency: config.sync.concurrency,
    ratePerSecond: eventsPerSecond,
    handle: handleEvent,
    onGivenUp: eventGivenUp,
  });
}
