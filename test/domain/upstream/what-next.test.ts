import { describe, expect, it } from 'vitest';
import type { UpstreamFailure } from '../../../src/domain/upstream/failure.ts';
import { usualWaits } from '../../../src/domain/upstream/waits.ts';
import { backoffMs, throttleMs, whatNext } from '../../../src/domain/upstream/what-next.ts';

function failure(part: Partial<UpstreamFailure>): UpstreamFailure {
  return {
    service: 'unkey',
    operation: 'identities.updateIdentity',
    kind: 'http',
    status: 500,
    type: null,
    title: 'Title',
    detail: 'Detail',
    docs: null,
    requestId: 'req_1',
    retryAfterMs: null,
    rateLimitedReason: null,
    ...part,
  };
}

const unkeyType = (suffix: string) => `https://unkey.com/docs/errors/${suffix}`;

describe('what follows a failure', () => {
  it.each<[string, Partial<UpstreamFailure>, string]>([
    ['no connection', { kind: 'network', status: null }, 'transient'],
    ['no answer in time', { kind: 'timeout', status: null }, 'transient'],
    ['an answer nobody can read', { kind: 'malformed', status: 200 }, 'transient'],
    ['408', { status: 408 }, 'transient'],
    ['500', { status: 500 }, 'transient'],
    ['502 from a proxy', { status: 502 }, 'transient'],
    ['503', { status: 503 }, 'transient'],
    ['409 of Stripe', { service: 'stripe', status: 409, type: 'lock_timeout' }, 'transient'],
    ['429 of Stripe without a reason: a lock timeout', { service: 'stripe', status: 429 }, 'transient'],
    [
      '429 of Stripe with a reason',
      { service: 'stripe', status: 429, rateLimitedReason: 'endpoint-rate' },
      'throttled',
    ],
    ['429 of Unkey', { status: 429 }, 'throttled'],
    ['400', { status: 400, type: unkeyType('unkey/application/invalid_input') }, 'permanent'],
    [
      '400 of a cut upload',
      { status: 400, type: unkeyType('user/bad_request/request_body_unreadable') },
      'transient',
    ],
    ['413', { status: 413 }, 'permanent'],
    ['400 of Stripe', { service: 'stripe', status: 400, operation: 'subscriptions.list' }, 'permanent'],
    ['404 of a Stripe object', { service: 'stripe', status: 404, type: 'resource_missing' }, 'permanent'],
    [
      '403 of a connected account: the others go on',
      { service: 'stripe', status: 403, operation: 'subscriptions.list', account: 'acct_1' },
      'transient',
    ],
    [
      '403 of a connected account that has left',
      { service: 'stripe', status: 403, type: 'account_invalid', account: 'acct_1' },
      'permanent',
    ],
    ['404 that is not about an object', { status: 404, type: null }, 'transient'],
    ['a status nobody has named', { status: 418 }, 'transient'],
  ])('%s', (_name, part, expected) => {
    expect(whatNext(failure(part)).class).toBe(expected);
  });

  it.each<[string, Partial<UpstreamFailure>, 'queue' | 'job']>([
    ['401 of Unkey', { status: 401 }, 'queue'],
    ['401 of Stripe', { service: 'stripe', status: 401, operation: 'subscriptions.list' }, 'queue'],
    ['403 on updateIdentity', { status: 403 }, 'queue'],
    ['403 on getIdentity', { status: 403, operation: 'identities.getIdentity' }, 'queue'],
    [
      '403 on subscriptions.list',
      { service: 'stripe', status: 403, operation: 'subscriptions.list' },
      'queue',
    ],
    ['403 on createIdentity', { status: 403, operation: 'identities.createIdentity' }, 'job'],
    ['403 on invoices.list', { service: 'stripe', status: 403, operation: 'invoices.list' }, 'job'],
    ['400 with a malformed key', { status: 400, type: unkeyType('unkey/authentication/malformed') }, 'queue'],
    [
      '400 without an Authorization header',
      {
        status: 400,
        type: unkeyType('unkey/application/invalid_input'),
        detail: "Authorization header for 'bearer' scheme",
      },
      'queue',
    ],
    ['404 of the workspace', { status: 404, type: unkeyType('unkey/data/workspace_not_found') }, 'queue'],
  ])('%s is misconfigured', (_name, part, scope) => {
    expect(whatNext(failure(part))).toMatchObject({ class: 'misconfigured', scope });
  });

  it('names the permission and the setting to repair', () => {
    const next = whatNext(failure({ status: 403, detail: 'Missing one of: identity.*.update_identity' }));
    expect(next).toMatchObject({
      remedy:
        'Give the key in UNKEY_ROOT_KEY the permission for identities.updateIdentity, or replace it: Missing one of: identity.*.update_identity',
    });
  });
});

describe('waits', () => {
  it('back off from 1 s to 15 min, less up to half', () => {
    expect(backoffMs(1, null, 1)).toBe(1000);
    expect(backoffMs(1, null, 0)).toBe(500);
    expect(backoffMs(5, null, 1)).toBe(16_000);
    expect(backoffMs(14, null, 1)).toBe(900_000);
    expect(backoffMs(5000, null, 1)).toBe(900_000);
  });

  it('are at most three times as long as it has lasted, unless the upstream asked for more', () => {
    expect(backoffMs(12, null, 1, usualWaits, 0)).toBe(1000);
    expect(backoffMs(12, null, 1, usualWaits, 20_000)).toBe(60_000);
    expect(backoffMs(3, null, 1, usualWaits, 20_000)).toBe(4000);
    expect(backoffMs(12, null, 1, usualWaits, 3_600_000)).toBe(900_000);
    expect(backoffMs(12, 90_000, 1, usualWaits, 20_000)).toBe(90_000);
    // It began under a wrong clock.
    expect(backoffMs(12, null, 1, usualWaits, -1)).toBe(900_000);
  });

  it('are as long as the upstream asked, up to 15 min', () => {
    expect(backoffMs(1, 30_000, 0.5)).toBe(30_000);
    expect(backoffMs(1, 86_400_000, 0.5)).toBe(900_000);
    expect(throttleMs(1, 86_400_000)).toBe(900_000);
    expect(throttleMs(7, 0)).toBe(1000);
    expect(throttleMs(7, 2500)).toBe(2500);
  });

  it('of a throttle without a stated wait are 1, 2, 4 … 60 s', () => {
    expect([1, 2, 3, 6, 7, 100].map((times) => throttleMs(times, null))).toEqual([
      1000, 2000, 4000, 32_000, 60_000, 60_000,
    ]);
  });
});
