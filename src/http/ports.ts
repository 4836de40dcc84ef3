import type { AuditAsked, AuditEnd, AuditEntry } from '../domain/audit.ts';
import type { CustomerRecord } from '../domain/customer/customer-record.ts';
import type { ReconcileInput } from '../domain/drift.ts';
import type { Outcome, OutcomeFilter, Page } from '../domain/outcome/outcome.ts';
import type { Run, RunFilter, RunRow } from '../domain/run.ts';
import type { CustomerView, Preview, PreviewInput } from '../domain/views/customer-view.ts';
import type { EmailLookUp, Found } from '../domain/views/find.ts';
import type {
  HeldDowngrade,
  Reconciliations,
  Released,
  ReplayInput,
  ReplayProgress,
  ReplayStarted,
} from '../domain/views/bulk-work.ts';
import type { ProcessView, Stats } from '../domain/views/stats.ts';
import type { Timeline } from '../domain/views/timeline.ts';
import type { Overview, Problems } from '../domain/overview.ts';
import type { PlanFileCheck, PlanFileView, PricesView } from '../domain/plan-file/views.ts';
import type { Ping } from '../domain/pings.ts';
import type { Tracer } from '../domain/tracing.ts';
import type { Concern, EventJob } from '../domain/work.ts';

/** What the HTTP side needs of the rest. Use cases and adapters fit by shape; times are epoch milliseconds. */

type Verified =
  | { readonly ok: true; readonly event: unknown }
  | {
      readonly ok: false;
      readonly code: 'signature_missing' | 'signature_invalid' | 'timestamp_too_old' | 'payload_invalid';
      /** One sentence that may be shown to whoever sent the request. */
      readonly message: string;
    };

interface Classified {
  readonly eventId: string;
  readonly type: string;
  readonly livemode: boolean;
  /** The connected account an event belongs to, or null for our own. */
  readonly account: string | null;
  readonly thin: boolean;
  readonly concern: Concern;
}

export interface WebhookPorts {
  /** Whether a signature header can be Stripe's at all, before anything is read; null: it can. */
  readonly checkHeader: (header: string | undefined) => Omit<Extract<Verified, { ok: false }>, 'ok'> | null;
  readonly verify: (rawBody: Buffer, header: string | undefined) => Verified;
  readonly classify: (event: unknown) => Classified;
  /** Why an event is of no concern of ours (its type, its mode, a connected account); null when it is. */
  readonly reasonToIgnore: (event: Classified) => string | null;
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

/** What operators may ask for. */
export interface UseCases {
  readonly listOutcomes: (
    filter: OutcomeFilter,
    cursor: string | null,
    limit: number,
  ) => Promise<Page<Outcome>>;
  readonly getOutcome: (idOrRequestId: string) => Promise<Outcome | null>;
  readonly find: (anyId: string) => Promise<Found>;
  /** Asks Stripe at this moment; the e-mail is kept nowhere. */
  readonly lookUpEmail: (email: string) => Promise<EmailLookUp>;
  readonly customerView: (customerId: string) => Promise<CustomerView | null>;
  readonly timeline: (input: {
    readonly customerId: string;
    readonly cursor: string | null;
    readonly limit: number;
    /** null: Stripe is not asked what it made. */
    readonly auditWindowMs: number | null;
  }) => Promise<Timeline>;
  readonly failing: (cursor: string | null, limit: number) => Promise<Page<CustomerRecord>>;
  readonly requestSync: (customerId: string) => Promise<void>;
  readonly startReplay: (input: ReplayInput, requestedBy: string) => Promise<ReplayStarted | null>;
  readonly startReconciliation: (input: ReconcileInput) => Promise<{ readonly runId: string } | null>;
  readonly reconciliations: () => Promise<Reconciliations>;
  readonly startCatchUp: (input: {
    /** Epoch ms; null: since the last time. */
    readonly since: number | null;
    readonly dryRun: boolean;
    readonly requestedBy: string;
  }) => Promise<{ readonly runId: string }>;
  readonly replay: (replayId: string) => Promise<ReplayProgress | null>;
  readonly preview: (input: PreviewInput) => Promise<Preview | null>;
  readonly held: (cursor: string | null, limit: number) => Promise<Page<HeldDowngrade>>;
  readonly release: (
    which: { readonly customerId: string } | 'all',
    requestedBy: string,
  ) => Promise<Released>;
  readonly listRuns: (filter: RunFilter, cursor: string | null, limit: number) => Promise<Page<Run>>;
  readonly getRun: (runId: string) => Promise<Run | null>;
  readonly abortRun: (runId: string, requestedBy: string) => Promise<Run | null>;
  /** Some hundred rows from a page on. */
  readonly runRows: (
    runId: string,
    page: number,
  ) => Promise<{ readonly rows: readonly RunRow[]; readonly nextPage: number | null } | null>;
  readonly overview: (windowMs: number) => Promise<Overview>;
  readonly problems: (windowMs: number) => Promise<Problems>;
  readonly acknowledge: (code: string, by: string, acknowledged: boolean) => Promise<void>;
  readonly stats: (windowMs: number) => Promise<Stats>;
  readonly planFile: () => Promise<PlanFileView>;
  readonly prices: () => Promise<PricesView>;
  readonly checkPlanFile: (text: string) => Promise<PlanFileCheck>;
  readonly pings: () => Promise<readonly Ping[]>;
  readonly processes: () => Promise<readonly ProcessView[]>;
  /** Keeps what is about to be done, before it is; the answer keeps how it ended. */
  readonly recordAudit: (asked: AuditAsked) => Promise<(end: AuditEnd) => Promise<void>>;
  readonly listAudit: (cursor: string | null, limit: number) => Promise<Page<AuditEntry>>;
  readonly about: () => Promise<About>;
}
