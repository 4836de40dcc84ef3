import type { Store, Work, WorkHandle } from '../src/store/store.ts';

interface SyncsPorts {
  readonly store: Pick<Store, 'work'>;
  readonly sync: Work<'syncs', string>['handle'];
  readonly config: { readonly sync: { readonly concurrency: number; readonly ratePerSecond: number } };
}

/** Takes customers: brings the identity of each in step with its subscriptions. */
export function startSyncs({ store, sync, config }: SyncsPorts): WorkHandle {
  return store.work({
    queue: 'syncs',
    concurrency: config.sync.concurrency,
    ratePerSecond: config.sync.ratePerSecond,
    handle: sync,
  });
}
