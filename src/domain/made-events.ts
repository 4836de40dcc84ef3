import type { Answer } from './upstream/failure.ts';
import type { EventJob } from './work.ts';

/** Stripe makes an event in two shapes, and brings those that a destination asks for. */
export const deliveryKinds = ['snapshot', 'thin'] as const;
export type DeliveryKind = (typeof deliveryKinds)[number];

export interface MadeEvent {
  /** As the webhook would have kept it; null: it concerns nobody here. */
  readonly job: Omit<EventJob, 'receivedAt'> | null;
  /** Epoch ms. */
  readonly madeAt: number;
}

/** Of which types and kind. */
export interface MadeEventTypes {
  readonly kind: DeliveryKind;
  /** Those of entitlements too, for plan files that ask for it: as snapshots, also beside thin ones. */
  readonly entitlements: boolean;
}

/** A page of the events that Stripe made, of the types that concern us, newest first. */
export type CatchUpEvents = (
  asked: MadeEventTypes & {
    /** Which of the lists of types: Stripe takes only so many in one call. Thin events come on the first. */
    readonly list: number;
    /** Epoch ms. */
    readonly since: number;
    readonly after: string | null;
  },
) => Promise<
  Answer<{
    readonly events: readonly MadeEvent[];
    /** null: this list ends. */
    readonly next: string | null;
    /** How many lists of this kind there are. */
    readonly lists: number;
  }>
>;
