import { counted, listed } from './words.ts';

/** An active recurring price with what people know it by. */
export interface ListedPrice {
  readonly id: string;
  /** Absent: of the own account. */
  readonly account?: string;
  readonly lookupKey: string | null;
  readonly product: { readonly id: string; readonly name: string };
  /** In the smallest unit of the currency; null: it is tiered, or chosen by the customer. */
  readonly amount: number | null;
  readonly currency: string;
  readonly interval: string;
  readonly intervalCount: number;
}

export interface PriceList {
  readonly prices: readonly ListedPrice[];
  /** Accounts whose prices were not read: too many, or the key may not. */
  readonly notRead: readonly string[];
}

/** Of which accounts no price is known. */
export function pricesNotRead(accounts: readonly string[]): string {
  return `the prices of ${counted(accounts.length, 'account')} were not read: ${listed(accounts, 20)}.`;
}
