/** What operators did, one entry for each time. Times are epoch milliseconds. */

export const auditActions = [
  'sync',
  'replay',
  'release',
  'reconcile',
  'catch-up',
  'abort-run',
  'acknowledge-problem',
] as const;
export type AuditAction = (typeof auditActions)[number];

/** By what somebody asked; `in process`: a command that works on the store itself. */
export const auditDoors = ['dashboard', 'command line', 'api', 'in process'] as const;

/** Where a request came from. */
export interface Origin {
  readonly via: (typeof auditDoors)[number];
  /** Of whoever opened the connection: behind a proxy, the proxy. null: nobody did. */
  readonly address: string | null;
  /** Whom the nearest proxy says it asks for. Without a proxy anybody may claim it. */
  readonly forwardedFor: string | null;
}

/** `asked` stays where the process ended meanwhile: it may have been done. `nothing`: there was nothing to do it to. */
export const auditResults = ['asked', 'done', 'nothing', 'failed'] as const;

/** Whom or what it is for, by the fields of the request. */
export type AuditTarget = Readonly<Record<string, string | number | boolean>>;

export interface AuditAsked {
  readonly action: AuditAction;
  readonly target: AuditTarget;
  /** The name of the token. */
  readonly by: string;
  readonly from: Origin;
}

export interface AuditEnd {
  readonly result: (typeof auditResults)[number];
  /** How many it concerned; null: not known, or none in particular. */
  readonly customers: number | null;
  /** The run that does the work; null: it was done at once. */
  readonly runId: string | null;
}

/** Keeps what is about to be done, before it is: what cannot be noted is not done. The answer keeps how it ended. */
export type RecordAudit = (asked: AuditAsked) => Promise<(end: AuditEnd) => Promise<void>>;

export interface AuditEntry extends AuditAsked, AuditEnd {
  /** `aud_` and a ULID. */
  readonly id: string;
  readonly at: number;
}
