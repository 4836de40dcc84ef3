import { expect, it } from 'vitest';
import { classify } from '../../src/unkey/classify.ts';

const now = Date.parse('2026-03-01T12:00:00Z');

function wait(status: number, retryAfter: string | null, reset: string | null): number | null | undefined {
  const answer = {
    kind: 'answer',
    status,
    text: '{}',
    contentType: 'application/json',
    retryAfter,
    rateLimit: { limit: null, remaining: null, reset },
  } as const;
  const context = { host: 'api.unkey.com', now, hide: (text: string) => text };
  const classified = classify('identities.updateIdentity', answer, context);
  return classified.ok ? undefined : classified.error.retryAfterMs;
}

it('RateLimit-Reset counts only where Retry-After says nothing, and only with a 429', () => {
  expect(wait(429, null, '12')).toBe(12_000);
  expect(wait(429, 'nonsense', '12')).toBe(12_000);
  expect(wait(429, '3', '12')).toBe(3_000);
  expect(wait(429, '0', '12')).toBe(0);
  expect(wait(503, null, '12')).toBeNull();
  expect(wait(503, '7', '12')).toBe(7_000);
});
