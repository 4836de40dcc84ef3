import type { Cause, CustomerRecord } from '../domain/customer/customer-record.ts';
import type { RequestTrace, UpstreamFailure } from '../domain/upstream/failure.ts';
import type { Findings } from '../domain/customer/record-transitions.ts';
import type { Change } from '../domain/outcome/outcome.ts';
import type { PlanFile } from '../domain/plan-file/plan-file.ts';

/** The plan file that a process runs with. */
export interface Plans {
  readonly planFile: PlanFile;
  /** `sha256:…` of its content. */
  readonly hash: string;
}

/** One sync under way. */
export interface Attempt {
  readonly customerId: string;
  /** The record as it was when this sync took its ticket. */
  readonly taken: CustomerRecord;
  readonly cause: Cause;
  readonly plans: Plans;
  readonly startedAt: number;
  /** Every call made so far, in order. */
  readonly requests: RequestTrace[];
  /** Whether another worker may have taken this job over: nothing is to be written then. */
  readonly lost: () => boolean;
  /** What has to be said before the decision's own sentences. */
  readonly notes: string[];
}

/** What an attempt came to, before it is written down (conclude.ts). */
export interface Conclusion {
  readonly kind:
    'applied' | 'unchanged' | 'ignored' | 'refused' | 'upstream' | 'held' | 'superseded' | 'interrupted';
  readonly explanation: readonly string[];
  readonly subscriptionIds: readonly string[];
  /** The plan decided on; undefined where nothing was decided. */
  readonly plan?: string | null;
  readonly externalId?: string | null;
  readonly identityId?: string | null;
  readonly change?: Change | null;
  /** What the record learns. */
  readonly findings: Findings;
  /** With `refused`: trying again alone cannot help. */
  readonly error?: { readonly code: string; readonly title: string; readonly detail: string };
  /** With `upstream`. */
  readonly failure?: UpstreamFailure;
  /** With `ignored`: there is no such customer, and nothing is to be remembered of one. */
  readonly unknown?: true;
  /** With `ignored`: the identity would be lowered, and that may not be yet. */
  readonly lowers?: true;
  /** With `upstream`: a failure that is known to pass, whatever its status says. */
  readonly passing?: boolean;
}
