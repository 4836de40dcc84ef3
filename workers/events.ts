import type { Context } from '../src/context.ts';

/** A queue without a limiter cannot be made to wait; this one only has to be out of the way. */
export const eventsPerSecond = 10_000;

/** Takes events: from each to the customers it concerns. */
export function startEvents({ store, handleEvent, config }: Context) {
  return store.work({
    queue: 'events',
    concurrency: config.sync.concurrency,
    ratePerSecond: eventsPerSecond,
    handle: handleEvent,
  });
}
