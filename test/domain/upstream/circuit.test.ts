import { describe, expect, it } from 'vitest';
import {
  admission,
  isOver,
  probing,
  refusedState,
  type UpstreamState,
} from '../../../src/domain/upstream/circuit.ts';
import type { RequestTrace, UpstreamFailure } from '../../../src/domain/upstream/failure.ts';
import { usualWaits } from '../../../src/domain/upstream/waits.ts';

const now = 1_700_000_000_000;
const hour = 3_600_000;
const failure: UpstreamFailure = {
  service: 'unkey',
  operation: 'identities.updateIdentity',
  kind: 'http',
  status: 401,
  type: null,
  title: 'Unauthorized',
  detail: '',
  docs: null,
  requestId: null,
  retryAfterMs: null,
  rateLimitedReason: null,
};
const misconfigured = { class: 'misconfigured', scope: 'queue', remedy: 'Replace the key.' } as const;
const throttled = (retryAfterMs: number) => ({ class: 'throttled', retryAfterMs }) as const;
const served: readonly RequestTrace[] = [
  { service: 'unkey', operation: 'identities.updateIdentity', requestId: 'req_1', status: 200, ms: 1 },
];
type Next = Parameters<typeof refusedState>[1]['next'];
const refusedAt = (at: number, next: Next, before: UpstreamState | null = null) =>
  refusedState(before, { failure, next, now: at, outcomeId: 'out_1' }, usualWaits);
const answered = (status: number | null, operation = 'identities.updateIdentity'): RequestTrace[] => [
  { service: 'unkey', operation, requestId: null, status, ms: 1 },
];
const setUnder = (clock: number, next: Next) => refusedAt(clock, next).state;

describe('an open circuit', () => {
  it('makes everybody wait for as long as it says', () => {
    expect(admission(setUnder(now, throttled(5_000)), now, usualWaits)).toEqual({ kind: 'wait', ms: 5_000 });
    expect(admission(setUnder(now, misconfigured), now, usualWaits)).toEqual({ kind: 'wait', ms: 60_000 });
  });

  it('that a process with a clock an hour ahead has opened holds nobody up', () => {
    expect(admission(setUnder(now + hour, throttled(5_000)), now, usualWaits)).toEqual({ kind: 'go' });
    expect(admission(setUnder(now + hour, misconfigured), now, usualWaits)).toEqual({ kind: 'probe' });
  });

  it('is tried by another when the process that wanted to try had such a clock', () => {
    const probed = probing(setUnder(now - hour, misconfigured), now + hour);
    expect(admission(probed, now, usualWaits)).toEqual({ kind: 'probe' });
    expect(admission(probing(probed, now), now, usualWaits)).toMatchObject({ kind: 'wait' });
  });

  it('is closed by the first call that is served, also where it was opened under such a clock', () => {
    expect(isOver(setUnder(now + hour, misconfigured), served, now, usualWaits)).toBe(true);
    expect(isOver(setUnder(now + hour, throttled(5_000)), served, now, usualWaits)).toBe(true);
  });

  it.each([401, 403, 429, 503, null])('is not closed by a call that ends with %s', (status) => {
    expect(isOver(setUnder(now, misconfigured), answered(status), now, usualWaits)).toBe(false);
    expect(isOver(setUnder(now, misconfigured), answered(404), now, usualWaits)).toBe(true);
  });

  it('that keeps from one call alone is closed by that call, done, and by nothing else', () => {
    const asked = { failure: { ...failure, status: 403 }, next: misconfigured, now, outcomeId: 'out_1' };
    const { state } = refusedState(null, asked, usualWaits);
    expect(isOver(state, answered(404), now, usualWaits)).toBe(false);
    expect(isOver(state, answered(200, 'identities.getIdentity'), now, usualWaits)).toBe(false);
    expect(isOver(state, answered(200), now, usualWaits)).toBe(true);
  });

  it('is not closed by an attempt that was under way when it opened', () => {
    expect(isOver(setUnder(now, misconfigured), served, now - 20_000, usualWaits)).toBe(false);
    expect(isOver(setUnder(now, throttled(5_000)), served, now - 20_000, usualWaits)).toBe(false);
    expect(isOver(setUnder(now, misconfigured), served, now, usualWaits)).toBe(true);
  });

  it('is opened anew, for its usual time, by whoever is refused under the right clock', () => {
    const { state, first } = refusedAt(now, misconfigured, setUnder(now + hour, misconfigured));
    expect({ until: state.until, first }).toEqual({ until: now + usualWaits.repairProbeMs, first: false });
  });

  it('counts once however many attempts that were under way run into it', () => {
    const once = setUnder(now, throttled(5_000));
    expect(refusedAt(now + 10, throttled(5_000), once)).toEqual({ state: once, first: false });
    expect(refusedAt(now + 5_010, throttled(5_000), once).state.times).toBe(2);
  });
});
