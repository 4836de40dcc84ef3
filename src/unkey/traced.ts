import type { Tracer } from '../domain/tracing.ts';
import { failureCode, type Answer } from '../domain/upstream/failure.ts';
import type { IdentityGateway } from './gateway.ts';

type Call<Args extends unknown[], T> = (...args: Args) => Promise<Answer<T>>;

type Calls = Pick<IdentityGateway, 'get' | 'getOverride' | 'update' | 'create' | 'setOverride'>;

/** The calls that a sync makes, each as a span. What is missing is no error. */
export function traced({ get, getOverride, update, create, setOverride }: Calls, tracer: Tracer): Calls {
  const spanned =
    <Args extends unknown[], T>(operation: string, call: Call<Args, T>): Call<Args, T> =>
    async (...args) => {
      const span = tracer.call(`unkey ${operation}`, { 'peer.service': 'unkey' });
      const answer = await call(...args);
      const { status = null, requestId = null } = answer.requests.at(-1) ?? {};
      const found = { 'http.response.status_code': status, 'planwire.request_id': requestId };
      span.end(found, answer.ok ? null : failureCode(answer.failure));
      return answer;
    };
  return {
    get: spanned('identities.getIdentity', get),
    getOverride: spanned('ratelimit.getOverride', getOverride),
    update: spanned('identities.updateIdentity', update),
    create: spanned('identities.createIdentity', create),
    setOverride: spanned('ratelimit.setOverride', setOverride),
  };
}
