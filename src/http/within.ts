import { withTimeout } from '../with-timeout.ts';

/** Rejects with TookTooLong when the work is not done in time. */
export function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  return withTimeout(timeoutMs, work, () => new TookTooLong(timeoutMs));
}

export class TookTooLong extends Error {
  constructor(timeoutMs: number) {
    super(`No answer within ${timeoutMs} ms.`);
    this.name = 'TookTooLong';
  }
}
