import { describe, expect, it } from 'vitest';
import {
  claimIdentity,
  leaveIdentity,
  downgrading as loweringIn,
  othersAsked,
  releaseClaim,
} from '../../../src/domain/identity/claim.ts';
import type { Claim } from '../../../src/domain/customer/customer-record.ts';

const now = 1_000_000;
const longestMs = 10 * 60_000;
const downgrading = (claim: Claim, record: Parameters<typeof loweringIn>[1], at: number) =>
  loweringIn(claim, record, at, longestMs);
const held = (granting: boolean): Claim => ({
  externalId: 'user_1',
  customerId: 'cus_first',
  granting,
  contenders: [],
});
const first = (granting: boolean) => ({ externalId: 'user_1', customerId: 'cus_first', granting });
const second = (granting: boolean) => ({ externalId: 'user_1', customerId: 'cus_second', granting });
const third = (granting: boolean) => ({ externalId: 'user_1', customerId: 'cus_third', granting });
const nobodys = { externalId: 'user_1', customerId: 'cus_elsewhere' };

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
      contenders: ['cus_first'],
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
  it('is offered to a payer at every look until that one has come: a crash may have kept it from being asked', () => {
    const contested = claimIdentity({ ...held(true), since: 1 }, second(true), now).claim;
    const fallen = claimIdentity(contested, first(false), now).claim;
    expect(claimIdentity(fallen, first(false), now + 5)).toEqual({
      claim: fallen,
      answer: { kind: 'ours' },
      askAgain: ['cus_second'],
    });
  });
  it('goes to the second payer where Stripe says that the first does not pay for it', () => {
    const { claim, answer } = claimIdentity(held(true), second(true), now, 'cus_first');
    expect(answer).toEqual({ kind: 'ours' });
    // Whoever lost it by what Stripe said a moment ago may lead here again by now.
    expect(claim).toMatchObject({ customerId: 'cus_second', since: now, rivals: ['cus_first'] });
    expect(claimIdentity(held(true), second(true), now, 'cus_third').answer.kind).toBe('conflict');
    expect(claimIdentity(held(true), second(false), now, 'cus_first').answer.kind).toBe('yield');
  });
  it('remembers whoever had it before a payer came', () => {
    const { claim } = claimIdentity(held(false), second(true), now);
    expect(claim.contenders).toEqual(['cus_first']);
    expect(claim.rivals).toEqual([]);
  });
  it('is given back as it is where nothing changes, so that nothing is written', () => {
    const claim = claimIdentity(null, first(true), now).claim;
    expect(claimIdentity(claim, first(true), now + 1).claim).toBe(claim);
    const contested = claimIdentity(claimIdentity(claim, second(true), now).claim, third(false), now).claim;
    expect(claimIdentity(contested, second(true), now + 1).claim).toBe(contested);
    expect(claimIdentity(contested, third(false), now + 1).claim).toBe(contested);
    expect(leaveIdentity(contested, nobodys, now + 1)).toBe(contested);
    const left = leaveIdentity(claim, first(false), now);
    expect(leaveIdentity(left, first(false), now + 1)).toBe(left);
  });
});

describe('an identity that its holder has left', () => {
  const left = leaveIdentity({ ...held(true), since: 1, contenders: ['cus_second'] }, first(false), now);
  it('is looked after by that one until somebody takes it', () => {
    expect(left).toMatchObject({ customerId: 'cus_first', granting: false, left: true });
    expect(left.contenders).toEqual(['cus_second']);
  });
  it('goes to whoever leads to it, paying or not', () => {
    for (const granting of [true, false]) {
      const { claim, answer } = claimIdentity(left, second(granting), now + 1);
      expect(answer).toEqual({ kind: 'ours' });
      expect(claim).toMatchObject({ customerId: 'cus_second', granting, contenders: [], since: now + 1 });
      expect(claim.left).toBeUndefined();
    }
  });
  it('is its own again when it returns', () => {
    const { claim, answer } = claimIdentity(left, first(true), now);
    expect(answer).toEqual({ kind: 'ours' });
    expect(claim).toMatchObject({ customerId: 'cus_first', granting: true, since: 1 });
    expect(claim.left).toBeUndefined();
  });
  it('is looked after by whoever led to it last, even where its claim was lost', () => {
    expect(leaveIdentity(null, first(false), now)).toMatchObject({ left: true, since: now });
  });
  it('no longer counts among those who want it one that leads elsewhere', () => {
    const contested = claimIdentity(held(true), second(true), now).claim;
    expect(leaveIdentity(contested, second(false), now)).toMatchObject({
      customerId: 'cus_first',
      granting: true,
      contenders: [],
      rivals: [],
    });
  });
  it('is free again once the one who looks after it gives it up', () => {
    expect(releaseClaim(left, 'cus_first')).toBeNull();
    expect(releaseClaim(left, 'cus_second')).toBe(left);
    const taken = claimIdentity(left, first(true), now).claim;
    expect(releaseClaim(taken, 'cus_first')).toBe(taken);
  });
});

describe('an identity is lowered by a holder who does not pay', () => {
  const nobody = { externalId: null, written: { meta: null, ratelimits: null } };
  const wrote = (at: number, externalId = 'user_1') => ({
    externalId,
    written: { meta: { hash: 'x', at }, ratelimits: null },
  });
  const claim = { ...held(false), since: 500 };

  it('at once where the holder wrote it itself since it holds the claim', () => {
    expect(downgrading(claim, wrote(500), now)).toEqual({ kind: 'may' });
  });
  it('not before the others were looked for where it never wrote it', () => {
    expect(downgrading(claim, nobody, now)).toEqual({ kind: 'ask', known: false });
    expect(downgrading(claim, wrote(900, 'user_2'), now)).toEqual({ kind: 'ask', known: false });
  });
  it('not before the others were looked for where its claim is newer than its write: claims may have been lost', () => {
    expect(downgrading(claim, wrote(499), now)).toEqual({ kind: 'ask', known: false });
  });
  it('not before the others were looked for where the holder has left it', () => {
    const left = leaveIdentity({ ...held(true), since: 500 }, first(false), 600);
    for (const record of [wrote(900, 'user_2'), wrote(900)])
      expect(downgrading(left, record, now)).toEqual({ kind: 'ask', known: true });
    const taken = claimIdentity(left, second(false), 700).claim;
    expect(downgrading(taken, nobody, now)).toEqual({ kind: 'ask', known: true });
  });
  it('not before a payer who was refused it had its turn', () => {
    const contested = claimIdentity({ ...held(true), since: 500 }, second(true), 600).claim;
    const fallen = claimIdentity(contested, first(false), 700).claim;
    expect(downgrading(fallen, wrote(900), now)).toEqual({ kind: 'ask', known: false });
  });
  it('not by what was allowed before its holder paid, or left it', () => {
    const asked = othersAsked(claim, 'cus_first', 600);
    const paid = claimIdentity(asked, first(true), 700).claim;
    expect(paid.mayDowngradeFrom).toBeUndefined();
    expect(leaveIdentity(asked, first(false), 700).mayDowngradeFrom).toBeUndefined();
  });
  it('once the others have had their turn', () => {
    const asked = othersAsked(claim, 'cus_first', now + 60);
    expect(asked).toEqual({ ...claim, mayDowngradeFrom: now + 60 });
    if (asked === null) throw new Error('unreachable');
    expect(downgrading(asked, nobody, now)).toEqual({ kind: 'wait', until: now + 60 });
    expect(downgrading(asked, nobody, now + 60)).toEqual({ kind: 'may' });
  });
  it('after another turn where the first was given under a clock that is an hour ahead', () => {
    const ahead = othersAsked(claim, 'cus_first', now + 3_600_000 + 60);
    if (ahead === null) throw new Error('unreachable');
    expect(downgrading(ahead, nobody, now)).toEqual({ kind: 'ask', known: false });
    expect(othersAsked(ahead, 'cus_first', now + 60)?.mayDowngradeFrom).toBe(now + 60);
  });
  it('after the same turn however often the customer is looked at meanwhile', () => {
    const asked = othersAsked(claim, 'cus_first', now + 60);
    expect(claimIdentity(asked, first(false), now + 30).claim).toMatchObject({ ...asked });
    expect(othersAsked(asked, 'cus_first', now + 90)).toBe(asked);
  });
  it('never by the permission that an earlier holder had', () => {
    const asked = othersAsked(claim, 'cus_first', now);
    const taken = claimIdentity(asked, second(true), now).claim;
    expect(taken.mayDowngradeFrom).toBeUndefined();
    expect(othersAsked(taken, 'cus_first', now)).toBe(taken);
  });
});
