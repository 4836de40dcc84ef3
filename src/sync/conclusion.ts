import type { Findings } from '../domain/customer/record-transitions.ts';
import type { Difference } from '../domain/identity/difference.ts';
import type { Change } from '../domain/outcome/outcome.ts';
import type { Decision, Resolution } from '../domain/resolve/resolution.ts';
import type { UpstreamFailure } from '../domain/upstream/failure.ts';

/** What an attempt came to, before it is written down (conclude.ts). */
export type Conclusion =
  | Applied
  | Held
  | Refused
  | Failed
  | (Said & { readonly kind: 'ignored'; readonly because: Because | null })
  | (Said & { readonly kind: 'unchanged' | 'superseded' | 'interrupted' });

export interface Said {
  readonly explanation: readonly string[];
  readonly subscriptionIds: readonly string[];
  /** The plan decided on; undefined where nothing was decided: the record's stays. So with both ids. */
  readonly plan?: string | null | undefined;
  readonly externalId?: string | null | undefined;
  readonly identityId?: string | null | undefined;
  /** What the record learns (findings.ts). */
  readonly findings: Findings;
}

type Applied = Said & { readonly kind: 'applied'; readonly change: Change };

/** `change`: what rises all the same. */
type Held = Said & { readonly kind: 'held'; readonly change: Change | null };

/** Trying again alone cannot help. `change`: of what the customer left meanwhile, or what others wrote over. */
type Refused = Said & {
  readonly kind: 'refused';
  readonly error: RefusedError;
  readonly change: Change | null;
};

export interface RefusedError {
  readonly code: string;
  readonly title: string;
  readonly detail: string;
}

type Failed = Said & {
  readonly kind: 'upstream';
  readonly failure: UpstreamFailure;
  /** It is known to pass, whatever its status says. */
  readonly passes: boolean;
  readonly change: Change | null;
};

/** `unknownCustomer`: nothing is to be remembered. `notYet`: it would downgrade, and others are asked first. */
type Because = 'unknownCustomer' | 'notYet';

/** Of one identity: what was decided for it, and then the sentence. */
export function said(
  { decision, externalId, identityId }: DecidedFor,
  sentence: string,
  findings: Findings = {},
): Said {
  const { subscriptionIds, plan } = decision;
  const explanation = [...decision.explanation, sentence];
  return { explanation, subscriptionIds, plan, externalId, identityId, findings };
}

interface DecidedFor {
  readonly decision: Decision;
  readonly externalId: string;
  readonly identityId: string | null;
}

export function applied(said: Said, change: Change): Conclusion {
  return { ...said, kind: 'applied', change };
}

export function unchanged(said: Said): Conclusion {
  return { ...said, kind: 'unchanged' };
}

export function ignored(said: Said, because: Because | null = null): Conclusion {
  return { ...said, kind: 'ignored', because };
}

export function held(said: Said, change: Change | null): Conclusion {
  return { ...said, kind: 'held', change };
}

export function refused(said: Said, error: RefusedError, change: Change | null = null): Refused {
  return { ...said, kind: 'refused', error, change };
}

export function failed(said: Said, failure: UpstreamFailure, passes = false): Failed {
  return { ...said, kind: 'upstream', failure, passes, change: null };
}

/** The call that looks at an identity, or writes to it, did not succeed. */
export function failedUpstream(of: DecidedFor, failure: UpstreamFailure, passes = false): Conclusion {
  return failed(said(of, failureSentence(failure)), failure, passes);
}

/** A newer sync decides: whatever this one decided is left out. */
export function superseded(resolution: Resolution, externalId: string): Conclusion {
  return {
    kind: 'superseded',
    explanation: [...resolution.explanation, 'A newer sync of this customer has begun: it decides.'],
    subscriptionIds: resolution.subscriptionIds,
    externalId,
    findings: {},
  };
}

export function interrupted(said: Said): Conclusion {
  return { ...said, kind: 'interrupted' };
}

export function failureSentence({ operation, title }: UpstreamFailure): string {
  return `${operation} did not succeed: ${title}.`;
}

export function errorIn(conclusion: Conclusion): RefusedError | null {
  return conclusion.kind === 'refused' ? conclusion.error : null;
}

export function changeOf({ meta, ratelimits, overrides }: Difference): Change {
  const named = overrides.before.length + overrides.after.length > 0;
  return {
    meta: { before: meta.before, after: meta.after },
    ratelimits: { before: ratelimits.before, after: ratelimits.after },
    ...(named ? { overrides: { before: overrides.before, after: overrides.after } } : {}),
  };
}

export function changeIn(conclusion: Conclusion): Change | null {
  return 'change' in conclusion ? conclusion.change : null;
}

/** Whether Stripe knows no such customer. */
export function isUnknown(conclusion: Conclusion): boolean {
  return conclusion.kind === 'ignored' && conclusion.because === 'unknownCustomer';
}

/** Whether this left an identity as it is because others may pay for it. */
export function isNotYet(conclusion: Conclusion): boolean {
  return conclusion.kind === 'ignored' && conclusion.because === 'notYet';
}
