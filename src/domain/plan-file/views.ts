import type { PlanFileDifference } from './compare.ts';
import type { PlanFile } from './plan-file.ts';

/** The plan file that the answering process runs with. */
export interface PlanFileView {
  readonly planFile: PlanFile;
  readonly hash: string;
  /** The file as it was read. */
  readonly text: string;
  readonly warnings: readonly string[];
  /** What is wrong with a newer file that was refused; empty when there is none. */
  readonly refused: readonly string[];
}

export interface PricesView {
  readonly prices: readonly {
    /** `acct_…/price_…` of an account other than the own one. */
    readonly priceId: string;
    readonly lookupKey: string | null;
    readonly productId: string;
    /** Only these can be in a subscription. */
    readonly recurring: boolean;
    /** Such as `plan team`; more than one is ambiguous. */
    readonly of: readonly string[];
  }[];
  /** Values in match entries that fit no active price. */
  readonly dead: readonly { readonly entry: string; readonly names: string }[];
  /** Accounts whose prices are not among them: there are too many, or the key may not read them. */
  readonly notRead: readonly string[];
  readonly problem: string | null;
}

export type PlanFileCheck =
  | { readonly ok: false; readonly problems: readonly string[] }
  | {
      readonly ok: true;
      readonly hash: string;
      /** Whether it says the same as the running file. */
      readonly same: boolean;
      readonly warnings: readonly string[];
      readonly differences: readonly PlanFileDifference[];
      /** Active prices that lead elsewhere with it. */
      readonly moves: readonly {
        readonly priceId: string;
        readonly from: readonly string[];
        readonly to: readonly string[];
      }[];
      /** Active recurring prices that nothing in it matches; null: Stripe could not be asked. */
      readonly unmatched: readonly string[] | null;
    };
