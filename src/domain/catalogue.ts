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
