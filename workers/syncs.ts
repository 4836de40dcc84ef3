import type { Store, Work, WorkHandle } from '../src/store/store.ts';

export interface SyncsPorts {
  readonly store: Pick<Store, 'work'>;
  readonly sync: Work<'syncs', string>['handle'];
  /** For a customer whose job the queue failed all the same. */
  readonly syncGivenUp: (customerId: string) => Promise<void>;
  readonly config: { readonly sync: { readonly concurrency: number; readonly ratePerSecond: number } };
}

/** Takes customers: brings the identity of each in step with its subscriptions. */
export function startSyncs({ store, sync, syncGivenUp, config }: SyncsPorts): WorkHandle {
  return store.work({
    queue: 'syncs',
    concurrency: config.sync.concurrency,
    ratePerSecond: config.sync.ratePerSecond,
    handle: sync,
    onGivenUp: syncGivenUp,
  });
}
