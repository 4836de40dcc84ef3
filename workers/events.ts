import type { Context } from '../src/context.ts';

/** Takes events: from each to the customers it concerns. */
export function startEvents({ store, handleEvent, config }: Context) {
  return store.work({
    queue: 'events',
    concurrency: config.sync.concurrency,
    // A queue without a limiter cannot be made to wait; this one only has to be out of the way.
    ratePerSecond: 10_000,
    handle: handleEvent,
  });
}
