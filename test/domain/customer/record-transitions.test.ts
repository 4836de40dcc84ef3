import { describe, expect, it } from 'vitest';
import { blankRecord, type CustomerRecord } from '../../../src/domain/customer/customer-record.ts';
import { cause, mergeCauses, whyRun } from '../../../src/domain/customer/cause.ts';
import {
  beginWrite,
  grantRelease,
  markDirty,
  settle,
  takeTicket,
  type Findings,
} from '../../../src/domain/customer/record-transitions.ts';
import { checkInTime, leaseCheck } from '../../../src/domain/customer/next-check.ts';
import type { Ending } from '../../../src/domain/customer/customer-record.ts';

const now = 1_000_000;
const confirmAfterMs = 35_000;
const hash = 'sha256:plans';
const event = (id: string, at = now) =>
  cause('event', { id, type: 'customer.subscription.updated', receivedAt: at });
const fresh = blankRecord('cus_1');
const dirty = markDirty(fresh, event('evt_1'), now);
const taken = takeTicket(dirty);

function settled(record: CustomerRecord, ending: Ending, at = now + 100): CustomerRecord {
  return settle(record, taken, ending, { planFileHash: hash }, at, confirmAfterMs);
}

describe('a customer record', () => {
  it('is due soon after it became dirty, in case its job got lost', () => {
    expect(dirty).toMatchObject({ dirtySince: now, dirtySeq: 1, nextCheckAt: now + 5_000 });
  });

  it('keeps an earlier check and the first time it became dirty', () => {
    const again = markDirty({ ...dirty, nextCheckAt: now + 1 }, event('evt_2'), now + 50);
    expect(again).toMatchObject({ dirtySince: now, dirtySeq: 2, nextCheckAt: now + 1 });
    expect(again.cause?.eventIds).toEqual(['evt_1', 'evt_2']);
  });

  it('remembers the last 20 events, each once', () => {
    let record = fresh;
    for (let n = 0; n < 30; n++) record = markDirty(record, event(`evt_${n % 25}`), now);
    expect(record.recentEventIds).toHaveLength(20);
    expect(record.recentEventIds.at(-1)).toBe('evt_4');
  });

  it('hands its cause to the sync that takes a ticket', () => {
    expect(taken).toMatchObject({ ticket: 1, cause: null, inFlight: { eventIds: ['evt_1'] } });
  });

  it('keeps for the next sync what one was to answer that died on the way', () => {
    const again = takeTicket(markDirty(taken, event('evt_2'), now + 50));
    expect(again).toMatchObject({ ticket: 2, cause: null, inFlight: { eventIds: ['evt_1', 'evt_2'] } });
  });

  it('is clean after a sync that saw everything', () => {
    expect(settled(taken, { kind: 'succeeded' })).toMatchObject({
      dirtySince: null,
      inFlight: null,
      nextCheckAt: null,
      attempts: 0,
      planFileHash: hash,
    });
  });

  it('leaves to bulk work when a customer is looked at that it marked while the sync ran', () => {
    const meanwhile = markDirty(taken, cause('catalog'), now + 50, now + 60);
    expect(settled(meanwhile, { kind: 'succeeded' }).nextCheckAt).toBe(now + 60);
  });

  it('stays dirty when something came while the sync ran', () => {
    const meanwhile = markDirty(taken, event('evt_2'), now + 50);
    expect(settled(meanwhile, { kind: 'succeeded' })).toMatchObject({
      dirtySince: now + 100,
      cause: { eventIds: ['evt_2'] },
      nextCheckAt: now + 5_000,
    });
  });

  it('stays dirty when something came while a confirmation ran, and is clean after one that saw everything', () => {
    const meanwhile = markDirty(taken, event('evt_2'), now + 50);
    expect(settled(meanwhile, { kind: 'confirmed' }).dirtySince).toBe(now + 100);
    expect(settled(taken, { kind: 'confirmed' }).dirtySince).toBeNull();
  });

  it('is not touched by a sync that was superseded', () => {
    const newer = takeTicket(taken);
    expect(settled(newer, { kind: 'succeeded' })).toBe(newer);
  });

  it('keeps the events of an attempt that has to be repeated', () => {
    const ending = { kind: 'retrying', retryAt: now + 60_000, code: 'x', counted: true } as const;
    const retrying = settled(markDirty(taken, event('evt_2'), now + 50), ending);
    expect(retrying).toMatchObject({
      dirtySince: now,
      cause: { kind: 'event', eventIds: ['evt_1', 'evt_2'] },
      attempts: 1,
      nextCheckAt: now + 65_000,
    });
  });

  it('does not count an attempt for which everybody had to wait', () => {
    const ending = { kind: 'retrying', retryAt: now + 60_000, code: 'x', counted: false } as const;
    expect(settled(taken, ending).attempts).toBe(0);
  });

  it('is tried again later, for ever, once its attempts are used up', () => {
    const exhausted = settled(taken, { kind: 'exhausted', retryAt: now + 900_000, code: 'http_500' });
    expect(exhausted).toMatchObject({
      failingSince: now + 100,
      failingCode: 'http_500',
      nextCheckAt: now + 900_000,
    });
    expect(whyRun(exhausted, hash, now + 900_000, confirmAfterMs)).toEqual({ run: 'full', kind: 'retry' });
  });

  it('is tried again at that time also where another was to be kept that has come by now', () => {
    const exhausted = { kind: 'exhausted', retryAt: now + 900_000, code: 'http_500' } as const;
    const owed = { ...taken, unconfirmedSince: now - confirmAfterMs, validUntil: now - 1 };
    expect(settled(owed, exhausted).nextCheckAt).toBe(now + 900_000);
    expect(settled({ ...owed, validUntil: now + 60_000 }, exhausted).nextCheckAt).toBe(now + 60_000);
    const retrying = { kind: 'retrying', retryAt: now + 2_000, code: 'http_500', counted: true } as const;
    expect(settled(owed, retrying).nextCheckAt).toBe(now + 7_000);
  });

  it('is not confirmed again before its time where a failure kept it from that', () => {
    const owed = { ...taken, unconfirmedSince: now - confirmAfterMs };
    const ending = { kind: 'failed', code: 'http_400', confirmFrom: now + 900_000 } as const;
    const after = (findings: Findings): CustomerRecord =>
      settle(owed, owed, ending, findings, now + 100, confirmAfterMs);
    expect(after({}).nextCheckAt).toBe(now + 900_000);
    expect(after({ validUntil: now + 60_000 }).nextCheckAt).toBe(now + 60_000);
    expect(after({ unconfirmedSince: null }).nextCheckAt).toBeNull();
  });

  it('waits for a cause after a failure that trying again cannot help', () => {
    const failed = settled(taken, { kind: 'failed', code: 'unmapped_item', confirmFrom: null });
    expect(failed).toMatchObject({ failingSince: now + 100, dirtySince: null, nextCheckAt: null });
    expect(whyRun(failed, hash, now + 900_000, confirmAfterMs)).toMatchObject({ run: 'nothing' });
  });

  it('forgets after such a failure until when the last decision held, and keeps what this attempt found out', () => {
    const ending = { kind: 'failed', code: 'unmapped_item', confirmFrom: null } as const;
    const graced = { ...taken, validUntil: now + 50_000 };
    expect(settled(graced, ending)).toMatchObject({ validUntil: null, nextCheckAt: null });
    const found = settle(graced, taken, ending, { validUntil: now + 60_000 }, now + 100, confirmAfterMs);
    expect(found).toMatchObject({ validUntil: now + 60_000, nextCheckAt: now + 60_000 });
  });

  it('is let through by a release only where it is held', () => {
    expect(grantRelease(fresh)).toBe(fresh);
    const held = { ...fresh, heldSince: now };
    expect(grantRelease(held)).toEqual({ ...held, releaseGranted: true });
  });

  it('is no longer failing after a success', () => {
    const failed = settled(taken, { kind: 'failed', code: 'unmapped_item', confirmFrom: null });
    const next = takeTicket(markDirty(failed, event('evt_2'), now + 200));
    const right = settle(next, next, { kind: 'succeeded' }, {}, now + 300, confirmAfterMs);
    expect(right).toMatchObject({ failingSince: null, failingCode: null, attempts: 0 });
  });
});

describe('a write', () => {
  const write = {
    externalId: 'user_1',
    identityId: 'id_1',
    meta: true,
    ratelimits: false,
    confirmAt: now + confirmAfterMs,
    now,
  };

  it('is noted before it leaves: its end is unknown and it will be confirmed', () => {
    const begun = beginWrite({ ...taken, nextCheckAt: null }, taken.ticket, write);
    expect(begun).toMatchObject({
      written: { meta: { hash: null, at: now }, ratelimits: null },
      unconfirmedSince: now,
      nextCheckAt: now + confirmAfterMs,
    });
  });

  it('is noted as a downgrade where the guard let it through as one, and leaves the last one noted otherwise', () => {
    const before = { ...taken, downgradedAt: now - 500 };
    expect(beginWrite(before, taken.ticket, { ...write, downgrades: true }).downgradedAt).toBe(now);
    expect(beginWrite(before, taken.ticket, write).downgradedAt).toBe(now - 500);
  });

  it('does not begin once a newer sync has', () => {
    const newer = takeTicket(taken);
    expect(beginWrite(newer, taken.ticket, write)).toBe(newer);
  });

  it('remembers every identity that a customer had before, and nothing else of them', () => {
    const written = { meta: { hash: 'x', at: 1 }, ratelimits: { hash: 'y', at: 1 } };
    const before = { ...taken, externalId: 'user_0', identityId: 'id_0', movedFrom: ['user_a'], written };
    expect(beginWrite(before, taken.ticket, { ...write, identityId: null })).toMatchObject({
      externalId: 'user_1',
      identityId: null,
      movedFrom: ['user_a', 'user_0'],
      written: { meta: { hash: null, at: now }, ratelimits: null },
    });
  });

  it('takes back an identity that a customer had before', () => {
    const before = { ...taken, externalId: 'user_0', movedFrom: ['user_1', 'user_a'] };
    expect(beginWrite(before, taken.ticket, write).movedFrom).toEqual(['user_a', 'user_0']);
  });

  it('remembers the identity before also where the new one could not be written', () => {
    const before = { ...taken, externalId: 'user_0' };
    const ending = { kind: 'failed', code: 'identity_missing', confirmFrom: null } as const;
    const failed = settle(before, before, ending, { externalId: 'user_1' }, now, confirmAfterMs);
    expect(failed).toMatchObject({ externalId: 'user_1', movedFrom: ['user_0'] });
  });

  it('that was refused for good is not read back, which would send it again and again; any other still is', () => {
    const refused = { kind: 'failed', code: 'bad_request', confirmFrom: null } as const;
    const begun = beginWrite(taken, taken.ticket, write);
    expect(settled(begun, refused)).toMatchObject({ unconfirmedSince: null, nextCheckAt: null });
    const exhausted = { kind: 'exhausted', retryAt: now + 900_000, code: 'http_500' } as const;
    expect(settled(begun, exhausted)).toMatchObject({
      unconfirmedSince: now,
      nextCheckAt: now + confirmAfterMs,
    });
    // What was written beside it, or an identity that is to be left, is.
    const written = { ...begun.written, meta: { hash: 'x', at: now } };
    const beside = settle(begun, taken, refused, { written }, now, confirmAfterMs);
    expect(beside).toMatchObject({ unconfirmedSince: now, nextCheckAt: now + confirmAfterMs });
    const moved = { ...begun, movedFrom: ['user_0'] };
    expect(settled(moved, refused)).toMatchObject({ unconfirmedSince: now });
    const before = takeTicket({ ...taken, dirtySince: null, unconfirmedSince: now - 1 });
    expect(settle(before, before, refused, {}, now, confirmAfterMs)).toMatchObject({
      unconfirmedSince: now - 1,
      nextCheckAt: now - 1 + confirmAfterMs,
    });
  });

  it('is confirmed when it had time to settle', () => {
    const begun = beginWrite(taken, taken.ticket, write);
    const done = settled(begun, { kind: 'succeeded' });
    expect(done.nextCheckAt).toBe(now + confirmAfterMs);
    expect(whyRun(done, hash, now + confirmAfterMs, confirmAfterMs)).toEqual({
      run: 'confirm',
      kind: 'confirm',
    });
    expect(whyRun(done, hash, now + confirmAfterMs - 1, confirmAfterMs)).toMatchObject({ run: 'nothing' });
  });
});

describe('a sync runs in full', () => {
  const clean = settled(taken, { kind: 'succeeded' });

  it('for a customer to whom something happened', () => {
    expect(whyRun(dirty, hash, now, confirmAfterMs)).toEqual({ run: 'full', kind: 'event' });
  });
  it('at the end of a grace', () => {
    expect(whyRun({ ...clean, validUntil: now }, hash, now, confirmAfterMs)).toEqual({
      run: 'full',
      kind: 'expiry',
    });
    expect(whyRun({ ...clean, validUntil: now + 1 }, hash, now, confirmAfterMs)).toMatchObject({
      run: 'nothing',
    });
  });
  it('under another plan file', () => {
    expect(whyRun(clean, 'sha256:other', now, confirmAfterMs)).toEqual({ run: 'full', kind: 'planFile' });
  });
  it('for no other reason', () => {
    expect(whyRun(clean, hash, now, confirmAfterMs)).toMatchObject({ run: 'nothing' });
  });
});

describe('a sync that comes before its time', () => {
  const clean = settled(taken, { kind: 'succeeded' });

  it('puts the check where it belongs', () => {
    const early = { ...clean, unconfirmedSince: now, nextCheckAt: now + 10 };
    const checked = checkInTime(early, early.ticket, now + 10, confirmAfterMs);
    expect(checked.nextCheckAt).toBe(now + confirmAfterMs);
  });
  it('puts a check that stands for nothing away', () => {
    const done = { ...clean, nextCheckAt: now };
    expect(checkInTime(done, done.ticket, now, confirmAfterMs).nextCheckAt).toBeNull();
  });
  it('leaves a customer alone to whom something happened meanwhile', () => {
    const again = markDirty(clean, event('evt_9'), now);
    expect(checkInTime(again, again.ticket, now, confirmAfterMs)).toBe(again);
  });
});

describe('causes that meet', () => {
  it('are named by the one that says most, with all events', () => {
    const merged = mergeCauses(cause('reconcile'), event('evt_1', 5));
    expect(merged).toEqual({
      kind: 'event',
      eventIds: ['evt_1'],
      type: 'customer.subscription.updated',
      receivedAt: 5,
    });
    expect(mergeCauses(event('evt_1', 5), event('evt_2', 3))).toMatchObject({
      eventIds: ['evt_1', 'evt_2'],
      receivedAt: 3,
    });
  });
});

describe('the sweep', () => {
  it('leases a due customer once', () => {
    const due = { ...fresh, nextCheckAt: now };
    const leased = leaseCheck(due, now, 30_000);
    expect(leased.nextCheckAt).toBe(now + 30_000);
    expect(leaseCheck(leased, now, 30_000)).toBe(leased);
  });
});
