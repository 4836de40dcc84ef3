import { describe, expect, it } from 'vitest';
import { blankRecord } from '../../../src/domain/customer/customer-record.ts';
import { beginWrite, takeTicket } from '../../../src/domain/customer/record-transitions.ts';
import { difference, hashesOf } from '../../../src/domain/identity/difference.ts';
import { downgradeText, isDowngradeFrom, withoutDowngrades } from '../../../src/domain/identity/downgrade.ts';
import type { Overrides, Rate } from '../../../src/domain/identity/identity.ts';
import { ownedBy, ownedPart } from '../../../src/domain/identity/ownership.ts';
import { planFileOf, shop } from '../build.ts';

const rate = (limit: number, duration = 60_000): Rate => ({ limit, duration });
const holding = (overrides: Overrides) => ({ meta: {}, ratelimits: {}, overrides });
const plans = `version: 1
identity: { externalId: "{{customer.id}}" }
fallback: free
plans:
  free: { rank: 0, overrides: { api: { limit: 10, duration: 1m }, web: { limit: 5, duration: 1m } } }
`;
const owned = ownedBy(planFileOf(plans));

describe('P4: overrides that are owned', () => {
  it('are those of the namespaces that the plans name, under replace too', () => {
    expect(owned.overrides).toEqual(new Set(['api', 'web']));
    const replace = ownedBy(planFileOf(`${plans}ownership: { ratelimits: replace }\n`));
    expect(replace.overrides).toEqual(new Set(['api', 'web']));
    expect(ownedPart(owned, holding({ api: rate(1), mine: rate(2) })).overrides).toEqual({ api: rate(1) });
  });

  it('are none where no plan names any', () => {
    expect(ownedBy(planFileOf(shop))).not.toHaveProperty('overrides');
    expect(ownedPart(ownedBy(planFileOf(shop)), holding({ api: rate(1) }))).not.toHaveProperty('overrides');
  });
});

describe('a difference in overrides', () => {
  it('sends those that differ in number or duration, or are missing, and no other', () => {
    const all = ownedBy(planFileOf(plans.replace('web:', 'low: { limit: 1, duration: 1s }, web:')));
    const wanted = holding({ api: rate(10), low: rate(1, 1000), web: rate(5) });
    expect(difference(all, wanted, holding({ api: rate(10), low: rate(1, 2000) })).overrides).toEqual({
      changed: true,
      before: [
        { namespace: 'api', ...rate(10) },
        { namespace: 'low', ...rate(1, 2000) },
      ],
      after: [
        { namespace: 'api', ...rate(10) },
        { namespace: 'low', ...rate(1, 1000) },
        { namespace: 'web', ...rate(5) },
      ],
      full: [
        { namespace: 'low', ...rate(1, 1000) },
        { namespace: 'web', ...rate(5) },
      ],
    });
    expect(difference(all, wanted, wanted).overrides).toMatchObject({ changed: false, full: [] });
  });

  it('is told by hashes, in whatever order they stand', () => {
    const hash = (overrides: Overrides) => hashesOf(holding(overrides)).overrides;
    expect(hash({ a: rate(1), b: rate(2) })).toBe(hash({ b: rate(2), a: rate(1) }));
    expect(hash({ a: rate(1) })).not.toBe(hash({ a: rate(1, 1000) }));
    expect(hashesOf({ meta: {}, ratelimits: {} })).toEqual(hashesOf(holding({})));
  });
});

describe('P5: a fall', () => {
  const standing = (overrides: Overrides) => ({ rank: 1, ratelimits: {}, overrides });

  it.each([
    ['an override that goes down', { api: rate(10) }, { api: rate(9) }, true],
    ['an override that goes away', { api: rate(10) }, {}, true],
    ['the same number over a longer time', { api: rate(10) }, { api: rate(10, 120_000) }, true],
    ['an override that rises', { api: rate(10) }, { api: rate(11) }, false],
    ['a new override', {}, { api: rate(1) }, false],
  ] satisfies [string, Overrides, Overrides, boolean][])('%s', (_, before, after, falls) => {
    expect(isDowngradeFrom(standing(before), standing(after))).toBe(falls);
  });

  it('held back still lets through what rises or is new, and nothing else', () => {
    const actual = holding({ api: rate(10), web: rate(5) });
    const wanted = holding({ api: rate(1), web: rate(6) });
    expect(withoutDowngrades(ownedPart(owned, actual), wanted)).toEqual(
      holding({ api: rate(10), web: rate(6) }),
    );
    const plan = { from: 'team', to: 'team' };
    expect(downgradeText(plan, actual, wanted)).toBe('override api 10 per 1m to 1 per 1m');
  });
});

describe('a write of overrides', () => {
  const taken = takeTicket(blankRecord('cus_1'));
  const write = {
    externalId: 'user_1',
    identityId: null,
    meta: false,
    ratelimits: false,
    confirmAt: null,
    now: 5,
  };

  it('is noted before it leaves: its end is unknown', () => {
    const { written } = beginWrite(taken, taken.ticket, { ...write, overrides: true });
    expect(written).toEqual({ meta: null, ratelimits: null, overrides: { hash: null, at: 5 } });
  });

  it('leaves no trace in the record of a customer who has none, and stays noted where others are written', () => {
    expect(beginWrite(taken, taken.ticket, write).written).toEqual({ meta: null, ratelimits: null });
    const overrides = { hash: 'x', at: 1 };
    const known = { ...taken, externalId: 'user_1', written: { meta: null, ratelimits: null, overrides } };
    expect(beginWrite(known, taken.ticket, { ...write, meta: true }).written.overrides).toEqual(overrides);
  });

  it('is of one identity: of another nothing is known', () => {
    const overrides = { hash: 'x', at: 1 };
    const known = { ...taken, externalId: 'user_0', written: { meta: null, ratelimits: null, overrides } };
    expect(beginWrite(known, taken.ticket, write).written.overrides).toBeUndefined();
  });
});
