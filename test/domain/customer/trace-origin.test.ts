import { describe, expect, it } from 'vitest';
import { cause } from '../../../src/domain/customer/cause.ts';
import { blankRecord, type CustomerRecord } from '../../../src/domain/customer/customer-record.ts';
import { markDirty } from '../../../src/domain/customer/record-transitions.ts';
import { joinedBy, originSettled } from '../../../src/domain/customer/trace-origin.ts';

const now = 1_000_000;
const trace = (n: number): string => `00-${String(n).padStart(32, '0')}-${String(n).padStart(16, '0')}-01`;
const event = (n: number) => cause('event', { id: `evt_${n}`, type: 'customer.updated', receivedAt: now });
const heard = (record: CustomerRecord, n: number): CustomerRecord =>
  markDirty(record, event(n), now, undefined, trace(n));
const fresh = blankRecord('cus_1');
const clean = { ...heard(fresh, 1), dirtySince: null };
const alone = { parent: undefined, links: [] };

describe('the trace of a customer', () => {
  it('is that of the newest event, linked to those that no sync has answered', () => {
    const record = heard(heard(heard(fresh, 1), 2), 3);
    expect(record.trace).toEqual({ parent: trace(3), links: [trace(1), trace(2)] });
    expect(joinedBy(record, 'full', 'event')).toEqual({ parent: trace(3), links: [trace(1), trace(2)] });
    expect(heard(clean, 2).trace).toEqual({ parent: trace(2), links: [] });
  });

  it('links to a bounded number of events, the newest of them', () => {
    let record = fresh;
    for (let n = 1; n <= 20; n++) record = heard(record, n);
    expect(record.trace?.links).toHaveLength(8);
    expect(record.trace?.links.at(-1)).toBe(trace(19));
  });

  it('takes no room where nothing is traced', () => {
    expect(Object.keys(markDirty(fresh, event(1), now))).toEqual(Object.keys(fresh));
  });

  it('is left by whoever asks for something new without one, and kept by what follows from a write', () => {
    expect(markDirty(clean, cause('manual'), now).trace).toBeNull();
    expect(markDirty(clean, cause('retry'), now).trace).toBeNull();
    const written = { ...clean, unconfirmedSince: now };
    expect(markDirty(written, cause('retry'), now).trace).toEqual(clean.trace);
    expect(markDirty(heard(fresh, 1), cause('manual'), now).trace).toEqual(clean.trace);
  });

  it('goes on with the confirmation, and not with what time alone asks for', () => {
    expect(joinedBy(clean, 'confirm', 'confirm')).toEqual({ parent: trace(1), links: [] });
    expect(joinedBy(clean, 'full', 'expiry')).toEqual(alone);
  });

  it('does not grow for ever where a customer fails: such tries are linked to it, until an event comes', () => {
    const failing = { ...heard(fresh, 1), failingSince: now };
    expect(joinedBy(failing, 'full', 'retry')).toEqual({ parent: undefined, links: [trace(1)] });
    expect(joinedBy(heard(failing, 2), 'full', 'event').parent).toBe(trace(2));
  });

  it('is begun by a sync that has none, unless an event came meanwhile', () => {
    const own = { parent: trace(9), links: [] };
    expect(originSettled(fresh, fresh, alone, trace(9)).trace).toEqual(own);
    expect(originSettled(clean, clean, alone, trace(9)).trace).toEqual(own);
    expect(originSettled(heard(fresh, 2), fresh, alone, trace(9)).trace?.parent).toBe(trace(2));
    expect(originSettled(clean, clean, { parent: trace(1), links: [] }, trace(9))).toBe(clean);
    expect(originSettled(clean, clean, alone, null)).toBe(clean);
  });
});
