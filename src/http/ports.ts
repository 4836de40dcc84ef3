import type { Tracer } from '../domain/tracing.ts';
import type { Concern, EventJob } from '../domain/work.ts';

/** What the HTTP side needs of the rest. Use cases and adapters fit by shape; times are epoch milliseconds. */

/** Why a delivery is refused. */
interface Refused {
  readonly code: 'signature_missing' | 'signature_invalid' | 'timestamp_too_old' | 'payload_invalid';
  /** One sentence that may be shown to whoever sent the request. */
  readonly message: string;
}

/** What a verified body says. */
interface Received {
  readonly eventId: string;
  readonly type: string;
  readonly thin: boolean;
  readonly concern: Concern;
  /** Why it is of no concern of ours (its type, its mode, a connected account); null when it is. */
  readonly ignored: string | null;
}

export interface WebhookPorts {
  /** Whether a signature header can be Stripe's at all, before anything is read; null: it can. */
  readonly checkHeader: (header: string | undefined) => Refused | null;
  readonly receive: (
    rawBody: Buffer,
    header: string | undefined,
  ) => ({ readonly ok: true } & Received) | ({ readonly ok: false } & Refused);
  /** Resolves once the store has the job. */
  readonly enqueue: (job: EventJob) => Promise<'queued' | 'duplicate'>;
  /** Called before a duplicate is answered: a customer who is failing is asked for again. */
  readonly onDuplicate?: (job: EventJob) => Promise<void>;
  /** Keeps that a ping of an event destination arrived, for whoever asked for it. */
  readonly notePing?: (eventId: string) => Promise<void>;
  readonly now: () => number;
  /** Absent: nothing is traced. */
  readonly tracer?: Tracer;
  /** How long a body may take, and how many bytes of bodies may arrive at once; the usual bounds without it. */
  readonly bodyDeadlineMs?: number;
  readonly bodiesInFlight?: number;
}

export interface Check {
  readonly ok: boolean;
  /** One sentence: what is wrong and what to do about it. */
  readonly detail?: string;
  /** Nothing is to be sent to this process meanwhile. */
  readonly outOfService?: boolean;
}

export const checkedParts = ['store', 'stripe', 'unkey', 'planFile', 'queue'] as const;
export type Checks = Readonly<Record<(typeof checkedParts)[number], () => Check | Promise<Check>>>;

/** Which Planwire this is. */
export interface About {
  readonly mode: 'live' | 'test';
  readonly version: string;
  /** Where updateIdentity is called. */
  readonly unkeyApi: string;
  /** Beginnings of addresses that a customer's id and an identity's id are added to; null: not known. */
  readonly stripeCustomers: string | null;
  readonly unkeyIdentities: string | null;
}
