import type { Answer } from './upstream/failure.ts';

/** What of a Stripe account decides whether Planwire hears of changes and may read them. */

/** One harmless call, made to see whether the key may. */
export interface Trial {
  /** What is read by it, such as `subscriptions`. */
  readonly name: string;
  readonly answer: Answer<unknown>;
}

/** In `from` of a destination: events of connected accounts. */
export const fromConnected = '@accounts';

/** Where Stripe sends events: a webhook endpoint of API v1, or an event destination of v2. */
export interface Destination {
  readonly id: string;
  /** null: it is no webhook, or Stripe does not say. */
  readonly url: string | null;
  readonly enabled: boolean;
  readonly payload: 'snapshot' | 'thin';
  /** As Stripe has them: `*` is every one, those of thin events begin with `v1.` or `v2.`. */
  readonly types: readonly string[];
  /** Of snapshots; null: the account's own. */
  readonly apiVersion: string | null;
  readonly live: boolean;
  /** Whose events it brings, as Stripe has it (`@self`, `@accounts`, …); null: Stripe does not say. */
  readonly from: readonly string[] | null;
}

/** What doctor reads of Stripe. */
export interface StripeSetup {
  readonly trials: readonly Trial[];
  readonly endpoints: Answer<readonly Destination[]>;
  readonly destinations: Answer<readonly Destination[]>;
  /** Whether some of the newest customers are accounts of Accounts v2. */
  readonly accountsV2: boolean;
  /** Types of the events of a day that Stripe has not got rid of, the newest hundred. */
  readonly undelivered: Answer<readonly string[]>;
  /** How far Stripe's clock is ahead of ours, ms; null: no answer came. */
  readonly skewMs: number | null;
}
