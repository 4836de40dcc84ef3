import { describe, expect, it } from 'vitest';
import { claimIdentity, lowering, othersAsked, releaseClaim } from '../../../src/domain/identity/claim.ts';
import type { Claim } from '../../../src/domain/customer/customer-record.ts';

const now = 1_000_000;
const held = (granting: boolean): Claim => ({
  externalId: 'user_1',
  customerId: 'cus_first',
  granting,
  contenders: [],
});
const first = (granting: boolean) => ({ externalId: 'user_1', customerId: 'cus_first', granting });
const second = (granting: boolean) => ({ externalId: 'user_1', customerId: 'cus_second', granting });

describe('an identity that two customers lead to', () => {
  it('belongs to the first who asks', () => {
    const { claim, answer } = claimIdentity(null, second(false), now);
    expect(answer).toEqual({ kind: 'ours' });
    expect(claim.since).toBe(now);
  });
  it('stays with the one who pays', () => {
    const { claim, answer } = claimIdentity(held(true), second(false), now);
    expect(answer).toEqual({ kind: 'yield', holder: 'cus_first' });
    expect(claim).toEqual({ ...held(true), contenders: ['cus_second'], rivals: [] });
  });
  it('goes to the one who begins to pay', () => {
    const { claim, answer } = claimIdentity(held(false), second(true), now);
    expect(answer).toEqual({ kind: 'ours' });
    expect(claim).toMatchObject({ customerId: 'cus_second', granting: true, since: now });
  });
  it('stays with the first of two who pay', () => {
    expect(claimIdentity(held(true), second(true), now).answer).toEqual({
      kind: 'conflict',
      holder: 'cus_first',
    });
  });
  it('never flaps between two who do not pay', () => {
    expect(claimIdentity(held(false), second(false), now).answer).toEqual({
      kind: 'yield',
      holder: 'cus_first',
    });
  });
  it('follows what its holder has now', () => {
    const { claim } = claimIdentity(held(true), first(false), now);
    expect(claim.granting).toBe(false);
  });
  it('remembers a contender once', () => {
    const once = claimIdentity(held(true), second(true), now).claim;
    expect(claimIdentity(once, second(true), now).claim.contenders).toEqual(['cus_second']);
  });
  it('is offered to whoever was refused it once its holder stops paying', () => {
    const contested = claimIdentity({ ...held(true), since: 1 }, second(true), now).claim;
    const { claim, askAgain } = claimIdentity(contested, first(false), now);
    expect(askAgain).toEqual(['cus_second']);
    expect(claim).toMatchObject({ customerId: 'cus_first', granting: false, since: now });
    expect(claimIdentity(claim, second(true), now).claim).toMatchObject({
      customerId: 'cus_second',
      contenders: [],
      rivals: [],
    });
  });
  it('stays with its holder, without any delay, where those who were refused it do not pay', () => {
    const paid = claimIdentity({ ...held(true), since: 1 }, second(true), now).claim;
    const yielded = claimIdentity(paid, second(false), now).claim;
    const { claim, askAgain } = claimIdentity(yielded, first(false), now);
    expect(askAgain).toEqual([]);
    expect(claim.since).toBe(1);
  });
  it('is free again only when its holder gives it up', () => {
    expect(releaseClaim(held(true), 'cus_first')).toBeNull();
    expect(releaseClaim(held(true), 'cus_second')).toEqual(held(true));
  });
});

describe('an identity is lowered by a holder who does not pay', () => {
  const nobody = { externalId: null, written: { meta: null, ratelimits: null }, movedFrom: [] };
  const wrote = (at: number, externalId = 'user_1') => ({
    externalId,
    written: { meta: { hash: 'x', at }, ratelimits: null },
    movedFrom: [],
  });
  const claim = { ...held(false), since: 500 };

  it('at once where the holder wrote it itself since it holds the claim', () => {
    expect(lowering(claim, wrote(500), now)).toEqual({ kind: 'may' });
  });
  it('not before the others were looked for where it never wrote it', () => {
    expect(lowering(claim, nobody, now)).toEqual({ kind: 'ask' });
    expect(lowering(claim, wrote(900, 'user_2'), now)).toEqual({ kind: 'ask' });
  });
  it('not before the others were looked for where its claim is newer than its write: claims may have been lost', () => {
    expect(lowering(claim, wrote(499), now)).toEqual({ kind: 'ask' });
  });
  it('at once where the holder has left it and its claim is not new', () => {
    const left = { ...wrote(900, 'user_2'), movedFrom: ['user_1'] };
    expect(lowering(claim, left, now)).toEqual({ kind: 'may' });
    expect(lowering({ ...claim, since: now }, left, now)).toEqual({ kind: 'ask' });
  });
  it('once the others have had their turn', () => {
    const asked = othersAsked(claim, 'cus_first', now + 60);
    expect(asked).toEqual({ ...claim, mayLowerFrom: now + 60 });
    if (asked === null) throw new Error('unreachable');
    expect(lowering(asked, nobody, now)).toEqual({ kind: 'wait', until: now + 60 });
    expect(lowering(asked, nobody, now + 60)).toEqual({ kind: 'may' });
  });
  it('after the same turn however often the customer is looked at meanwhile', () => {
    const asked = othersAsked(claim, 'cus_first', now + 60);
    expect(claimIdentity(asked, first(false), now + 30).claim).toMatchObject({ ...asked });
    expect(othersAsked(asked, 'cus_first', now + 90)).toBe(asked);
  });
  it('never by the permission that an earlier holder had', () => {
    const asked = othersAsked(claim, 'cus_first', now);
    const taken = claimIdentity(asked, second(true), now).claim;
    expect(taken.mayLowerFrom).toBeUndefined();
    expect(othersAsked(taken, 'cus_first', now)).toBe(taken);
  });
});
