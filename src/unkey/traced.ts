import type { Tracer } from '../domain/tracing.ts';
import { failureCode, type Answer } from '../domain/upstream/failure.ts';
import type { IdentityGateway } from './gateway.ts';

type Call<Args extends unknown[], T> = (...args: Args) => Promise<Answer<T>>;

/** The calls that a sync makes, each as a span. A missing identity is no error. */
export function traced(
  { get, update, create }: Pick<IdentityGateway, 'get' | 'update' | 'create'>,
  tracer: Tracer,
): Pick<IdentityGateway, 'get' | 'update' | 'create'> {
  const spanned =
    <Args extends unknown[], T>(operation: string, call: Call<Args, T>): Call<Args, T> =>
    async (...args) => {
      const span = tracer.call(`unkey identities.${operation}`, { 'peer.service': 'unkey' });
      const answer = await call(...args);
      const { status = null, requestId = null } = answer.requests.at(-1) ?? {};
      const found = { 'http.response.status_code': status, 'planwire.request_id': requestId };
      span.end(found, answer.ok ? null : failureCode(answer.failure));
      return answer;
    };
  return {
    get: spanned('getIdentity', get),
    update: spanned('updateIdentity', update),
    create: spanned('createIdentity', create),
  };
}
