import type { KeyLimits } from '../domain/identity/enforced.ts';
import type { Catalogue } from '../domain/plan-file/match-catalog.ts';
import type { Phase } from '../domain/resolve/upcoming.ts';
import type { Answer } from '../domain/upstream/failure.ts';

/** What operators ask Stripe for, and no sync does. */
export interface StripeLookUps {
  /** Customers that have this e-mail now, newest first, at most a page of them. */
  customersWithEmail(email: string): Promise<Answer<readonly string[]>>;
  /** Every active price of the accounts that are served, with its product. */
  activePrices(): Promise<Answer<Catalogue>>;
  /** What a subscription schedule does next; null: nothing. Epoch ms. */
  nextPhase(scheduleId: string, now: number): Promise<Answer<Phase | null>>;
  /** The events of our types that Stripe made of a customer since then, newest first. Epoch ms. */
  eventsOf(customerId: string, since: number): Promise<Answer<MadeEvents>>;
}

interface MadeEvents {
  readonly events: readonly MadeEvent[];
  /** There were too many of all customers: reading stopped here. null: it went as far back as was asked. */
  readonly readBackTo: number | null;
}

export interface MadeEvent {
  readonly eventId: string;
  readonly type: string;
  readonly madeAt: number;
  /** Ids of the thin events that say the same: a destination of thin events receives those. */
  readonly thinTwins: readonly string[];
}

/** The keys that belong to an identity, with limits of their own. */
export type KeysOf = (externalId: string) => Promise<Answer<readonly KeyLimits[]>>;
