import type { Store, Work, WorkHandle } from '../src/store/store.ts';

export interface SyncsPorts {
  readonly store: Pick<Store, 'work'>;
  readonly sync: Work<'syncs', string>['handle'];
  /** For a customer whose job the queue failed all the same. */
  readonly syncGivenUp: (customerId: string) => Promise<void>;
  readonly config: { readonly sync: { readonly concurrency: number; readonly ratePerSecond: number } };
}

/** Of so many syncs one is writing down its end: at 50 ms a call it is one of thirty, but they come in flocks. */
const syncsForAnEnding = 6;

/** Takes customers: brings the identity of each in step with its subscriptions. */
export function startSyncs({ store, sync, syncGivenUp, config }: SyncsPorts): WorkHandle {
  return store.work({
    queue: 'syncs',
    concurrency: config.sync.concurrency,
    endingAtOnce: Math.floor(config.sync.concurrency / syncsForAnEnding),
    ratePerSecond: config.sync.ratePerSecond,
    handle: sync,
    onGivenUp: syncGivenUp,
  });
}
