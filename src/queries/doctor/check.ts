import type { UpstreamFailure } from '../../domain/upstream/failure.ts';

/** One thing that was looked at, and what to do about it. */
export interface Check {
  /** Such as `stripe.permission.subscriptions`; it stays. */
  readonly id: string;
  readonly area: 'stripe' | 'unkey' | 'planwire';
  readonly status: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** null: there is nothing to do. */
  readonly remedy: string | null;
}

type Area = Check['area'];

/** Checks of one area, whose ids begin with its name. */
export function checksOf(area: Area) {
  const check = (status: Check['status']) => (id: string, detail: string, remedy: string | null) => ({
    id: `${area}.${id}`,
    area,
    status,
    detail,
    remedy,
  });
  return {
    ok: (id: string, detail: string): Check => check('ok')(id, detail, null),
    warn: (id: string, detail: string, remedy: string): Check => check('warn')(id, detail, remedy),
    fail: (id: string, detail: string, remedy: string): Check => check('fail')(id, detail, remedy),
    /** The call that would have told it came to nothing. */
    untold: (
      id: string,
      what: string,
      failure: UpstreamFailure,
      remedy = 'Run planwire doctor again.',
    ): Check => check('warn')(id, `Whether ${what} could not be told: ${inWords(failure)}`, remedy),
  };
}

/** Why a single call came to nothing, other than for want of a permission. */
export function inWords({ status, title, detail }: UpstreamFailure): string {
  return `${status === null ? title : `${status} ${title}`}: ${detail}`;
}
