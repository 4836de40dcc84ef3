import type { Context } from '../src/context.ts';

/** Takes customers: brings the identity of each in step with its subscriptions. */
export function startSyncs({ store, sync, config }: Context) {
  return store.work({
    queue: 'syncs',
    concurrency: config.sync.concurrency,
    ratePerSecond: config.sync.ratePerSecond,
    handle: sync,
  });
}
