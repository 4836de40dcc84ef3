import type { Faults } from '../../src/sandbox/faults/faults.ts';
import type { StripeSandbox } from '../../src/sandbox/stripe.ts';
import type { UnkeySandbox } from '../../src/sandbox/unkey.ts';

/** Trouble of the upstreams that comes and goes by itself. */
export interface Storms {
  readonly counts: { storms: number };
  once(): void;
  /** Both upstreams are well again. */
  calm(): void;
}

export function createStorms(
  { stripe, unkey }: { readonly stripe: StripeSandbox; readonly unkey: UnkeySandbox },
  random: () => number,
): Storms {
  const counts = { storms: 0 };
  const seed = () => Math.floor(random() * 2 ** 31);
  const forSomeTime = (fault: Readonly<Record<string, unknown>>) => ({
    ...fault,
    seed: seed(),
    expiresAfterMs: 300 + Math.floor(random() * 2_000),
  });
  const script = (faults: Faults, fault: Readonly<Record<string, unknown>>): void =>
    void faults.add(forSomeTime(fault));
  const reason = { 'stripe-rate-limited-reason': 'endpoint-rate' };
  const kinds: readonly (() => void)[] = [
    () => script(unkey.faults, { match: '*', rate: 0.5, status: 429, retryAfter: '1' }),
    () => script(unkey.faults, { match: '*', rate: 0.6, status: 500 }),
    () => script(unkey.faults, { match: '*', rate: 0.3, cut: 'before' }),
    () => script(unkey.faults, { match: '*', rate: 0.3, cut: 'after' }),
    () => script(unkey.faults, { match: 'identities.updateIdentity', rate: 0.1, drop: true }),
    () => script(unkey.faults, { match: 'ratelimit.setOverride', rate: 0.3, drop: true }),
    () => script(unkey.faults, { match: '*', rate: 0.5, latencyMs: [10, 400] }),
    () => script(unkey.faults, { match: '*', rate: 0.4, status: 502, html: '<h1>Bad gateway</h1>' }),
    () => script(stripe.faults, { match: '*', rate: 0.5, status: 429, headers: reason, retryAfter: '1' }),
    () => script(stripe.faults, { match: '*', rate: 0.3, status: 429 }),
    () => script(stripe.faults, { match: '*', rate: 0.5, status: 500 }),
    () => script(stripe.faults, { match: '*', rate: 0.3, cut: 'before' }),
    () => unkey.setReadLag(Math.floor(random() * 1_500)),
  ];
  return {
    counts,
    once() {
      counts.storms += 1;
      kinds[Math.floor(random() * kinds.length)]?.();
    },
    calm() {
      stripe.faults.clear();
      unkey.faults.clear();
      unkey.configure({ readLagMs: 0, latencyMs: 2 });
    },
  };
}
