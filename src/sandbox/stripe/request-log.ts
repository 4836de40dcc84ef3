import type { Log } from '../log.ts';

/** What was read from the stand-in, for tests such as "the worker read exactly this customer". */

export interface LoggedRead {
  /** Such as `subscriptions.list`, `customers.retrieve`. */
  readonly operation: string;
  /** The id, or the customer, subscription or ids a list was narrowed to; '' without any. */
  readonly subject: string;
  /** The connected account that was read; null: the own one. */
  readonly account: string | null;
  /** Path and parameters as they came. */
  readonly path: string;
  /** Epoch milliseconds of the arrival. */
  readonly at: number;
  readonly ms: number;
  /** null: the connection was cut. */
  readonly status: number | null;
  readonly requestId: string;
}

export type ReadLog = Log<LoggedRead>;
