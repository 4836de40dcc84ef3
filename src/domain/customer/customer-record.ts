/**
 * The customer record: what Planwire durably knows of a customer, and what steers every sync. It holds no
 * personal data and never expires. All times are epoch milliseconds. The functions here are the only places where
 * a record changes; stores apply them atomically (see CustomerStore.change).
 */

export type CauseKind =
  | 'event'
  | 'catchUp'
  | 'replay'
  | 'reconcile'
  | 'confirm'
  | 'expiry'
  | 'catalog'
  | 'planFile'
  | 'manual'
  | 'retry';

/** Why a sync runs. Causes that come together before a sync starts are one cause (mergeCauses). */
export interface Cause {
  readonly kind: CauseKind;
  /** The newest events since the last sync, at most 20. */
  readonly eventIds: readonly string[];
  /** Type of the newest of those events. */
  readonly type: string | null;
  /** When the first of those events arrived. */
  readonly receivedAt: number | null;
}

/** What we know of one field of the identity that we wrote. */
export interface Written {
  /** Hash of the owned part as we last wrote it; null while a write of it is under way or its end is unknown. */
  readonly hash: string | null;
  readonly at: number;
}

export interface WrittenFields {
  readonly meta: Written | null;
  readonly ratelimits: Written | null;
  /** Absent where none was ever written. */
  readonly overrides?: Written | null;
}

export interface CustomerRecord {
  readonly customerId: string;
  /** Taken by each sync at its start: a sync whose ticket is not the newest has been superseded. */
  readonly ticket: number;
  /** Raised by each request for a sync. */
  readonly dirtySeq: number;
  readonly dirtySince: number | null;
  /** Why it is dirty: what came since the last sync began. */
  readonly cause: Cause | null;
  /** Why the sync under way runs; it goes back to `cause` when that sync did not end well. */
  readonly inFlight: Cause | null;
  /** The last 20 event ids seen for this customer, newest last. */
  readonly recentEventIds: readonly string[];

  readonly externalId: string | null;
  readonly identityId: string | null;
  /** The external ids this customer had before, oldest first, whose identities still have to fall back. */
  readonly movedFrom: readonly string[];
  readonly plan: string | null;
  readonly rank: number | null;
  readonly granting: boolean;
  readonly written: WrittenFields;
  /** The outcome of the last write, which a confirmation completes. */
  readonly lastWriteOutcomeId: string | null;
  readonly unconfirmedSince: number | null;
  /** How often in a row a confirmation found something else than we wrote. */
  readonly driftRounds: number;
  readonly failingSince: number | null;
  readonly failingCode: string | null;
  readonly heldSince: number | null;
  /** When the guard last let a downgrade of this customer through. */
  readonly downgradedAt: number | null;
  readonly releaseGranted: boolean;
  /** When an event of Stripe's pricing plans came, by which this customer may pay for what cannot be read. */
  readonly pricingPlanSince: number | null;
  readonly pastDueSince: number | null;
  readonly validUntil: number | null;
  readonly planFileHash: string | null;
  /** Attempts since the last success; 0 after one. */
  readonly attempts: number;
  /** When the first of them failed that is tried again; null after a success. */
  readonly retryingSince: number | null;
  readonly lastSyncAt: number | null;
  /** When the sweep looks at this customer next; null: never by itself. */
  readonly nextCheckAt: number | null;
  /** The trace that its syncs go on with; absent where nothing was ever traced. */
  readonly trace?: TraceOrigin | null;
}

/** W3C trace contexts. */
export interface TraceOrigin {
  /** Of the newest event. */
  readonly parent: string;
  /** Of the events before it that no sync had answered, oldest first. */
  readonly links: readonly string[];
}

export function blankRecord(customerId: string): CustomerRecord {
  return {
    customerId,
    ticket: 0,
    dirtySeq: 0,
    dirtySince: null,
    cause: null,
    inFlight: null,
    recentEventIds: [],
    externalId: null,
    identityId: null,
    movedFrom: [],
    plan: null,
    rank: null,
    granting: false,
    written: { meta: null, ratelimits: null },
    lastWriteOutcomeId: null,
    unconfirmedSince: null,
    driftRounds: 0,
    failingSince: null,
    failingCode: null,
    heldSince: null,
    downgradedAt: null,
    releaseGranted: false,
    pricingPlanSince: null,
    pastDueSince: null,
    validUntil: null,
    planFileHash: null,
    attempts: 0,
    retryingSince: null,
    lastSyncAt: null,
    nextCheckAt: null,
  };
}

/** From JSON; fields that a record of an older version lacks start blank. */
export function recordFrom(customerId: string, text: string): CustomerRecord {
  return { ...blankRecord(customerId), ...(JSON.parse(text) as Partial<CustomerRecord>) };
}

/** How an attempt ended, as far as the record is concerned. */
export type Ending =
  | { readonly kind: 'succeeded' }
  /** Only the last write was read back; whether the customer is failing is another matter. */
  | { readonly kind: 'confirmed' }
  /** Tried again by the queue at the given time; the sweep makes sure. */
  | { readonly kind: 'retrying'; readonly retryAt: number; readonly code: string; readonly counted: boolean }
  /** Out of attempts: the sweep goes on for ever, from `retryAt`. */
  | { readonly kind: 'exhausted'; readonly retryAt: number; readonly code: string }
  /**
   * Waits for the customer, the plan file or a person. `confirmFrom`: it was to confirm what was written before, and came
   * to nothing; what is left of that is not tried before then. null: what is unconfirmed is read back in its time.
   */
  | { readonly kind: 'failed'; readonly code: string; readonly confirmFrom: number | null };

/** Who writes an identity: Checkout often makes a second Stripe customer for the same user. */
export interface Claim {
  readonly externalId: string;
  readonly customerId: string;
  readonly granting: boolean;
  /** It leads elsewhere by now and only looks after the identity: whoever leads here takes it. */
  readonly left?: true;
  /** Another held it before this one: it is no identity that we meet for the first time. */
  readonly known?: true;
  /** Customers that were refused this identity and want to know when it is free. */
  readonly contenders: readonly string[];
  /** Those of them who paid when they were refused. */
  readonly rivals?: readonly string[];
  /** When this customer came to hold it. */
  readonly since?: number;
  /** When a holder who grants nothing may lower the identity: the others were looked for and had their turn. */
  readonly mayDowngradeFrom?: number;
}

/** Since when the customer has been failing or held, epoch ms; null when neither. The list of troubled customers is sorted by it. */
export function troubledSince(record: CustomerRecord): number | null {
  const { failingSince, heldSince } = record;
  if (failingSince === null || heldSince === null) return failingSince ?? heldSince;
  return Math.min(failingSince, heldSince);
}
