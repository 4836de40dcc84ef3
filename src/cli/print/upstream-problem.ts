import type { UpstreamFailure } from '../../domain/upstream/failure.ts';
import { whatNext } from '../../domain/upstream/what-next.ts';

/** Why a command came to nothing, and what to do: `what` did not happen. */
export function upstreamProblem(what: string, failure: UpstreamFailure): string {
  const { title, status, service } = failure;
  const next = whatNext(failure);
  const setting = service === 'stripe' ? 'STRIPE_API_BASE_URL' : 'UNKEY_API_BASE_URL';
  const remedy =
    next.class === 'misconfigured' ? next.remedy : `Check ${setting} and the network, and try again.`;
  return `${what} (${status === null ? title : `${status}: ${title}`}). ${remedy}`;
}
