import { describe, expect, it } from 'vitest';
import { claimIdentity, releaseClaim } from '../../src/domain/claim.ts';
import type { Claim } from '../../src/domain/customer-record.ts';

const held = (granting: boolean): Claim => ({
  externalId: 'user_1',
  customerId: 'cus_first',
  granting,
  contenders: [],
});
const second = (granting: boolean) => ({ externalId: 'user_1', customerId: 'cus_second', granting });

describe('an identity that two customers lead to', () => {
  it('belongs to the first who asks', () => {
    expect(claimIdentity(null, second(false)).answer).toEqual({ kind: 'ours' });
  });
  it('stays with the one who pays', () => {
    const { claim, answer } = claimIdentity(held(true), second(false));
    expect(answer).toEqual({ kind: 'yield', holder: 'cus_first' });
    expect(claim).toEqual({ ...held(true), contenders: ['cus_second'] });
  });
  it('goes to the one who begins to pay', () => {
    const { claim, answer } = claimIdentity(held(false), second(true));
    expect(answer).toEqual({ kind: 'ours' });
    expect(claim).toMatchObject({ customerId: 'cus_second', granting: true });
  });
  it('stops both when both pay', () => {
    expect(claimIdentity(held(true), second(true)).answer).toEqual({ kind: 'conflict', holder: 'cus_first' });
  });
  it('never flaps between two who do not pay', () => {
    expect(claimIdentity(held(false), second(false)).answer).toEqual({ kind: 'yield', holder: 'cus_first' });
  });
  it('follows what its holder has now', () => {
    const { claim } = claimIdentity(held(true), { ...second(false), customerId: 'cus_first' });
    expect(claim.granting).toBe(false);
  });
  it('remembers a contender once', () => {
    const once = claimIdentity(held(true), second(true)).claim;
    expect(claimIdentity(once, second(true)).claim.contenders).toEqual(['cus_second']);
  });
  it('is free again only when its holder gives it up', () => {
    expect(releaseClaim(held(true), 'cus_first')).toBeNull();
    expect(releaseClaim(held(true), 'cus_second')).toEqual(held(true));
  });
});
