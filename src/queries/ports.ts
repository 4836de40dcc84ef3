import type { Answer } from '../domain/upstream/failure.ts';

/** What operators ask Stripe for, and no sync does. */
export interface StripeLookUps {
  /** Customers that have this e-mail now, newest first, at most a page of them. */
  customersWithEmail(email: string): Promise<Answer<readonly string[]>>;
}
