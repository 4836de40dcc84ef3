import { describe, expect, it } from 'vitest';
import { difference, hashesOf } from '../../../src/domain/identity/difference.ts';
import { compareRank, isDowngradeFrom, withoutDowngrades } from '../../../src/domain/identity/downgrade.ts';
import { canonicalJson, hashOf } from '../../../src/domain/hash.ts';
import type { Content, Limit } from '../../../src/domain/identity/identity.ts';
import { ownedBy, ownedPart } from '../../../src/domain/identity/ownership.ts';
import { planFileOf, shop, shopWith } from '../build.ts';

const limit = (number: number, change: Partial<Limit> = {}): Limit => ({
  limit: number,
  duration: 3_600_000,
  autoApply: true,
  ...change,
});
const owned = ownedBy(planFileOf(shop));
const everything = { meta: 'all', ratelimits: 'all' } as const;
const nothing = { meta: {}, ratelimits: {} };

describe('P4: what is owned', () => {
  it('under merge is what any plan names', () => {
    expect(owned).toEqual({
      meta: new Set(['plan', 'seats', 'subscription']),
      ratelimits: new Set(['requests', 'tokens']),
    });
  });

  it('under merge is what is retired, too', () => {
    const text = `${shop}ownership: { retired: { meta: [tier], ratelimits: [burst] } }\n`;
    const { meta, ratelimits } = ownedBy(planFileOf(text));
    expect(meta).toContain('tier');
    expect(ratelimits).toContain('burst');
  });

  it('under replace is everything, for metadata and limits apart', () => {
    expect(ownedBy(planFileOf(`${shop}ownership: { meta: replace }\n`))).toEqual({
      meta: 'all',
      ratelimits: owned.ratelimits,
    });
    expect(ownedBy(planFileOf(`${shop}ownership: { ratelimits: replace }\n`))).toEqual({
      meta: owned.meta,
      ratelimits: 'all',
    });
  });

  it('of an identity is only the part with those names', () => {
    const identity = {
      meta: { plan: 'team', name: 'Ada' },
      ratelimits: { requests: limit(5), mine: limit(7) },
    };
    expect(ownedPart(owned, identity)).toEqual({
      meta: { plan: 'team' },
      ratelimits: { requests: limit(5) },
    });
    expect(ownedPart(everything, identity)).toEqual(identity);
    expect(ownedPart(owned, null)).toEqual(nothing);
  });
});

describe('a difference', () => {
  it('sends the whole field, and keeps what is not owned as it was read', () => {
    const actual = {
      meta: { name: 'Ada', plan: 'free', subscription: 'sub_1' },
      ratelimits: { mine: limit(7), tokens: limit(1), requests: limit(100) },
    };
    const wanted = { meta: { plan: 'team', seats: 3 }, ratelimits: { requests: limit(1000) } };
    expect(difference(owned, wanted, actual)).toMatchObject({
      meta: {
        changed: true,
        before: { plan: 'free', subscription: 'sub_1' },
        after: { plan: 'team', seats: 3 },
        full: { name: 'Ada', plan: 'team', seats: 3 },
      },
      ratelimits: {
        changed: true,
        before: [
          { name: 'requests', ...limit(100) },
          { name: 'tokens', ...limit(1) },
        ],
        after: [{ name: 'requests', ...limit(1000) }],
        full: [
          { name: 'mine', ...limit(7) },
          { name: 'requests', ...limit(1000) },
        ],
      },
    });
  });

  it('is none where only what is not owned differs', () => {
    const actual = { meta: { name: 'Ada' }, ratelimits: { mine: limit(1) } };
    const found = difference(owned, nothing, actual);
    expect(found.meta).toEqual({ changed: false, before: {}, after: {}, full: { name: 'Ada' } });
    expect(found.ratelimits.changed).toBe(false);
  });

  it('under replace is there where anything else is', () => {
    const found = difference(everything, nothing, { meta: { name: 'Ada' }, ratelimits: { mine: limit(1) } });
    expect(found.meta).toEqual({ changed: true, before: { name: 'Ada' }, after: {}, full: {} });
    expect(found.ratelimits).toMatchObject({ changed: true, full: [] });
  });

  it('does not see the order of keys, and sees the order of lists', () => {
    const wanted = { meta: { plan: { a: 1, b: [1, 2] } }, ratelimits: {} };
    expect(
      difference(owned, wanted, { meta: { plan: { b: [1, 2], a: 1 } }, ratelimits: {} }).meta.changed,
    ).toBe(false);
    expect(
      difference(owned, wanted, { meta: { plan: { a: 1, b: [2, 1] } }, ratelimits: {} }).meta.changed,
    ).toBe(true);
  });

  it.each([
    ['a number from its text', { plan: 1 }, { plan: '1' }],
    ['null from absence', { plan: null }, {}],
    ['a list from a mapping', { plan: [] }, { plan: {} }],
  ])('tells %s', (_, meta, other) => {
    expect(difference(owned, { meta, ratelimits: {} }, { meta: other, ratelimits: {} }).meta.changed).toBe(
      true,
    );
  });

  it.each([
    ['limit', limit(101)],
    ['duration', limit(100, { duration: 60_000 })],
    ['autoApply', limit(100, { autoApply: false })],
  ])('of limits sees the %s', (_, other) => {
    const wanted = { meta: {}, ratelimits: { requests: limit(100) } };
    const found = difference(owned, wanted, { meta: {}, ratelimits: { requests: other } });
    expect(found.ratelimits.changed).toBe(true);
  });

  it('treats a missing identity like an empty one', () => {
    const wanted = { meta: { plan: 'team' }, ratelimits: { requests: limit(1) } };
    expect(difference(owned, wanted, null)).toEqual(difference(owned, wanted, nothing));
    expect(difference(owned, nothing, null).meta.changed).toBe(false);
  });

  it('keeps a foreign key that is called like a prototype', () => {
    const meta = JSON.parse('{"__proto__":{"x":1},"constructor":2}') as Record<string, unknown>;
    const found = difference(owned, { meta: { plan: 'free' }, ratelimits: {} }, { meta, ratelimits: {} });
    expect(JSON.stringify(found.meta.full)).toBe('{"__proto__":{"x":1},"constructor":2,"plan":"free"}');
  });
});

describe('hashes', () => {
  it('are equal exactly where the content is', () => {
    const hashes = (content: Partial<Content>) => hashesOf({ ...nothing, ...content });
    const meta = { a: 1, b: { c: 2, d: 3 } };
    expect(hashes({ meta })).toEqual(hashes({ meta: { b: { d: 3, c: 2 }, a: 1 } }));
    expect(hashes({ meta: { a: 1 } }).meta).not.toBe(hashes({ meta: { a: '1' } }).meta);
    const ratelimits = { b: limit(1), a: limit(2) };
    expect(hashes({ ratelimits })).toEqual(hashes({ ratelimits: { a: limit(2), b: limit(1) } }));
    const other = hashes({ ratelimits: { a: limit(2) } });
    expect(hashes({ ratelimits: { a: limit(1) } }).ratelimits).not.toBe(other.ratelimits);
  });

  it('are the SHA-256 of the canonical JSON', () => {
    expect(canonicalJson({ b: [1, 'x', null], a: { d: true, c: undefined } })).toBe(
      '{"a":{"d":true},"b":[1,"x",null]}',
    );
    expect(hashOf({})).toBe('sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
  });
});

describe('a fall', () => {
  const standing = (rank: number | null, ratelimits: Record<string, Limit>) => ({ rank, ratelimits });

  it.each([
    ['a lower rank', standing(10, {}), standing(0, {}), true],
    ['no plan after one', standing(0, {}), standing(null, {}), true],
    ['a first plan', standing(null, {}), standing(0, {}), false],
    ['a higher rank', standing(0, {}), standing(10, {}), false],
    ['a lower limit under the same rank', standing(1, { a: limit(5) }), standing(1, { a: limit(4) }), true],
    ['a lower limit under a higher rank', standing(1, { a: limit(5) }), standing(2, { a: limit(4) }), true],
    ['a limit that goes away', standing(1, { a: limit(5) }), standing(1, {}), true],
    ['a limit that rises', standing(1, { a: limit(5) }), standing(1, { a: limit(6) }), false],
    ['a new limit', standing(1, {}), standing(1, { a: limit(1) }), false],
    ['nothing new', standing(1, { a: limit(5) }), standing(1, { a: limit(5) }), false],
    [
      'the same number over a longer time',
      standing(1, { a: limit(5, { duration: 1000 }) }),
      standing(1, { a: limit(5, { duration: 2000 }) }),
      true,
    ],
    [
      'a smaller number at a higher rate',
      standing(1, { a: limit(100, { duration: 3_600_000 }) }),
      standing(1, { a: limit(50, { duration: 60_000 }) }),
      true,
    ],
    [
      'another autoApply',
      standing(1, { a: limit(5) }),
      standing(1, { a: limit(5, { autoApply: false }) }),
      false,
    ],
  ])('%s', (_, before, after, falls) => {
    expect(isDowngradeFrom(before, after)).toBe(falls);
  });

  it('ranks no plan below every plan', () => {
    expect([3, null, -1, 10].sort(compareRank)).toEqual([null, -1, 3, 10]);
  });

  it('held back still lets through what rises or is new, and nothing else', () => {
    const actual = {
      meta: { plan: 'team', name: 'Ada' },
      ratelimits: { requests: limit(1000), tokens: limit(10), mine: limit(3) },
    };
    const wanted = { meta: { plan: 'free' }, ratelimits: { requests: limit(100), tokens: limit(20) } };
    const held = withoutDowngrades(ownedPart(owned, actual), wanted);
    expect(held).toEqual({
      meta: { plan: 'team' },
      ratelimits: { requests: limit(1000), tokens: limit(20) },
    });
    expect(difference(owned, held, actual)).toMatchObject({
      meta: { changed: false },
      ratelimits: { changed: true, full: [{ name: 'mine' }, { name: 'requests' }, { name: 'tokens' }] },
    });
  });

  it('held back keeps a limit that would go away', () => {
    const actual = { meta: {}, ratelimits: { requests: limit(1000) } };
    expect(withoutDowngrades(ownedPart(owned, actual), nothing)).toEqual(actual);
  });
});

describe('no fallback', () => {
  it('removes the owned parts and nothing else', () => {
    const plans = ownedBy(planFileOf(shopWith('fallback: free\n', '')));
    const actual = {
      meta: { plan: 'team', name: 'Ada' },
      ratelimits: { requests: limit(5), mine: limit(3) },
    };
    const found = difference(plans, nothing, actual);
    expect(found.meta.full).toEqual({ name: 'Ada' });
    expect(found.ratelimits.full).toEqual([{ name: 'mine', ...limit(3) }]);
  });
});
