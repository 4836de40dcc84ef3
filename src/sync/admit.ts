import { stopsQueue } from '../domain/upstream/circuit.ts';
import type { RequestTrace, Upstream } from '../domain/upstream/failure.ts';
import type { Verdict } from '../domain/work.ts';
import { upstreams } from './circuit-breaker.ts';
import type { SyncDeps } from './ports.ts';

type AdmitDeps = Pick<SyncDeps, 'breaker' | 'random'>;

export type Admission =
  | { readonly kind: 'wait'; readonly verdict: Verdict }
  | {
      readonly kind: 'admitted';
      /** Stripe refuses us: only what needs Unkey alone may be done. */
      readonly unkeyAlone: boolean;
      /** To be called with what the attempt asked for: a state that its calls show to be over ends. */
      readonly ended: (requests: readonly RequestTrace[]) => Promise<void>;
    };

/**
 * Whether a sync may go on, as far as the circuit breakers of the upstreams that it needs go. While Stripe refuses us, a
 * customer whose last write only has to be read back needs Unkey alone.
 *
 * @param states what the shared values of `upstreams` say, read by this sync
 */
export async function admit(
  deps: AdmitDeps,
  run: 'full' | 'confirm',
  states: readonly (string | null)[],
  now: number,
): Promise<Admission> {
  const unkeyAlone = run === 'confirm' && states.some(Boolean) && (await isStripeToBeRepaired(deps));
  const needed: readonly Upstream[] = unkeyAlone ? ['unkey'] : upstreams;
  const known = needed.map((upstream) => states[upstreams.indexOf(upstream)] ?? null);
  const { delayMs, underState } = await deps.breaker.admit(needed, now, known);
  if (delayMs > 0) return { kind: 'wait', verdict: await waitFor(deps, needed, delayMs) };
  return {
    kind: 'admitted',
    unkeyAlone,
    async ended(requests) {
      if (underState) await deps.breaker.ended(needed, requests, now);
    },
  };
}

async function isStripeToBeRepaired({ breaker }: AdmitDeps): Promise<boolean> {
  const stripe = await breaker.read('stripe');
  return stripe !== null && !stopsQueue('stripe', stripe.state);
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
