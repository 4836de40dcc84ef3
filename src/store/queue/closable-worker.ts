import { Worker } from 'bullmq';

const againMs = 300;

/**
 * BullMQ waits 5 s after a look for stalled jobs that failed, and does not hear that it is closed meanwhile: with the
 * store away or its disk full that would hold a process that has stopped.
 */
class Closable extends Worker {
  protected override checkConnectionError<T>(look: () => Promise<T>): Promise<T | undefined> {
    return super.checkConnectionError(look, againMs);
  }
}

/** Of any store. */
export const ClosableWorker = Closable as typeof Worker;
