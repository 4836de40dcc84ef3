import { takeTicket } from '../domain/customer/record-transitions.ts';
import { whyRun } from '../domain/customer/why-run.ts';
import { stopsQueue } from '../domain/upstream/circuit.ts';
import type { RequestTrace, Upstream } from '../domain/upstream/failure.ts';
import type { Verdict } from '../domain/work.ts';
import { upstreams } from './circuit-breaker.ts';
import type { SyncDeps } from './ports.ts';

type AdmitDeps = Pick<SyncDeps, 'breaker' | 'customers' | 'random'> & {
  readonly settings: Pick<SyncDeps['settings'], 'confirmAfterMs'>;
};

export type Admission =
  | { readonly kind: 'wait'; readonly verdict: Verdict }
  | {
      readonly kind: 'admitted';
      /** Stripe refuses us: only what needs Unkey alone may be done. */
      readonly unkeyAlone: boolean;
      /** To be called with what the attempt asked for: a state that its calls show to be over ends. */
      readonly ended: (requests: readonly RequestTrace[]) => Promise<void>;
    };

/** Whether a sync may begin, as far as the circuit breakers of the upstreams that it needs go. */
export async function admit(
  deps: AdmitDeps,
  customerId: string,
  planFileHash: string,
  now: number,
): Promise<Admission> {
  const needed = await neededFor(deps, customerId, planFileHash, now);
  const { delayMs, underState } = await deps.breaker.admit(needed, now);
  if (delayMs > 0) return { kind: 'wait', verdict: await waitFor(deps, needed, delayMs) };
  return {
    kind: 'admitted',
    unkeyAlone: !needed.includes('stripe'),
    async ended(requests) {
      if (underState) await deps.breaker.ended(needed, requests, now);
    },
  };
}

/** While Stripe refuses us, a customer whose last write only has to be read back needs Unkey alone. */
async function neededFor(
  { breaker, customers, settings }: AdmitDeps,
  customerId: string,
  planFileHash: string,
  now: number,
): Promise<readonly Upstream[]> {
  const stripe = await breaker.read('stripe');
  if (stripe === null || stopsQueue('stripe', stripe.state)) return upstreams;
  const record = await customers.read(customerId);
  const run =
    record === null ? 'full' : whyRun(takeTicket(record), planFileHash, now, settings.confirmAfterMs).run;
  return run === 'full' ? upstreams : ['unkey'];
}

async function waitFor(
  { breaker, random }: AdmitDeps,
  needed: readonly Upstream[],
  delayMs: number,
): Promise<Verdict> {
  const states = await Promise.all(needed.map((upstream) => breaker.read(upstream)));
  const everybody = states.some((state, index) => {
    const upstream = needed[index];
    return state !== null && upstream !== undefined && stopsQueue(upstream, state.state);
  });
  return everybody ? { kind: 'wait', delayMs } : { kind: 'later', delayMs: delayMs * (1 + random() / 2) };
}
