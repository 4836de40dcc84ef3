import { describe, expect, it } from 'vitest';
import {
  followLease,
  isStaleIn,
  leaveLease,
  renewLease,
  type PlanFileLease,
} from '../../../src/domain/plan-file/lease.ts';
import { look, newWatch, silentIn } from '../../../src/domain/plan-file/lease-watch.ts';

const leaseMs = 20_000;
/** What a process saw that has looked all the time while these did not move. */
const silence = (...ids: readonly string[]) => ({
  lookedAt: leaseMs,
  leaseMs,
  seen: Object.fromEntries(ids.map((id) => [id, { beat: 1, since: 0 }])),
});
let beat = 0;
const renew = (
  lease: PlanFileLease | null,
  processId: string,
  hash: string,
  options: { deliberate?: boolean; silent?: readonly string[] } = {},
) =>
  renewLease(
    lease,
    { processId, hash, beat: (beat += 1), deliberate: options.deliberate === true },
    silence(...(options.silent ?? [])),
    1_000,
  );

describe('the plan file that counts', () => {
  it('is that of the first process, and then of whoever brings one that was never seen', () => {
    const first = renew(null, 'p1', 'old');
    expect(first).toMatchObject({ generation: 1, hash: 'old', order: ['old'] });
    expect(renew(first, 'p2', 'new')).toMatchObject({ generation: 2, hash: 'new', order: ['new', 'old'] });
  });

  it('stays when an old process starts again while one of the newer lives, and when all the old ones go', () => {
    let lease = renew(renew(null, 'old1', 'old'), 'new1', 'new');
    lease = renew(lease, 'old2', 'old');
    expect(lease).toMatchObject({ generation: 2, hash: 'new' });
    expect(renew(lease, 'new1', 'new', { silent: ['old1', 'old2'] })).toMatchObject({
      generation: 2,
      hash: 'new',
    });
  });

  it('is the older one again once the last process of the newer has fallen silent', () => {
    const lease = renew(renew(renew(null, 'old1', 'old'), 'new1', 'new'), 'new2', 'new');
    expect(renew(lease, 'old1', 'old', { silent: ['new1'] }).hash).toBe('new');
    expect(renew(leaveLease(lease, 'new1'), 'old1', 'old', { silent: ['new2'] }).hash).toBe('new');
    expect(renew(lease, 'old1', 'old', { silent: ['new1', 'new2'] })).toMatchObject({
      generation: 3,
      hash: 'old',
      order: ['new', 'old'],
    });
  });

  it('is the newer one at once when a process of it comes back after the older had to step in', () => {
    const lease = renew(renew(null, 'old1', 'old'), 'new1', 'new');
    const fallenBack = renew(lease, 'old1', 'old', { silent: ['new1'] });
    expect(renew(fallenBack, 'new2', 'new')).toMatchObject({ generation: 4, hash: 'new' });
  });

  it('is any file at once that is started after the last process of all has ended in order', () => {
    const lease = renew(renew(null, 'p1', 'old'), 'p1', 'new', { deliberate: true });
    expect(renew(leaveLease(lease, 'p1'), 'p2', 'old')).toMatchObject({ generation: 3, hash: 'old' });
  });

  it('is the newest among those that run, not the first that asks', () => {
    const lease = renew(renew(renew(null, 'a', 'A'), 'b', 'B'), 'c', 'C');
    expect(renew(lease, 'a', 'A', { silent: ['c'] }).hash).toBe('C');
    expect(renew(lease, 'b', 'B', { silent: ['c'] }).hash).toBe('B');
  });

  it('is the one that a person has loaded, whatever counted before, and it is the newest from then on', () => {
    const lease = renew(renew(null, 'p1', 'old'), 'p2', 'new');
    const loaded = renew(lease, 'p2', 'old', { deliberate: true });
    expect(loaded).toMatchObject({ generation: 3, hash: 'old', order: ['old', 'new'] });
    expect(renew(loaded, 'p3', 'new')).toMatchObject({ generation: 3, hash: 'old' });
  });

  it('is no file for being forgotten: one that still runs is known however many came after it', () => {
    let lease = renew(null, 'straggler', 'old');
    for (let n = 0; n < 200; n += 1) lease = renew(lease, 'p', `file${n}`, { deliberate: true });
    expect(renew(lease, 'straggler', 'old').hash).toBe('file199');
    expect(lease.order.length).toBeLessThan(60);
  });

  it('is followed once per generation, also when whoever brought it died before it asked for everybody', () => {
    const lease = renew(renew(null, 'p1', 'old'), 'p2', 'new');
    expect(lease.followed).toBeLessThan(lease.generation);
    const followed = followLease(lease, lease.generation);
    expect(followed.followed).toBe(lease.generation);
    expect(followLease(followed, 1)).toEqual(followed);
  });

  it('makes each other file stale, and none while nobody has brought one', () => {
    const text = JSON.stringify(renew(null, 'p1', 'old'));
    expect([isStaleIn(text, 'old'), isStaleIn(text, 'new'), isStaleIn(null, 'new')]).toEqual([
      false,
      true,
      false,
    ]);
  });
});

describe('whether another process lives', () => {
  const beats = (beat: number) => ({ other: { beat } });

  it('is told by its beat alone: one that has not moved for the length of the lease is silent', () => {
    let watch = newWatch(leaseMs, 0);
    for (let now = 0; now < leaseMs; now += 5_000) watch = look(watch, beats(7), now);
    expect(silentIn(watch).size).toBe(0);
    expect([...silentIn(look(watch, beats(7), leaseMs))]).toEqual(['other']);
    expect(silentIn(look(watch, beats(8), leaseMs)).size).toBe(0);
  });

  it('is not known to one that stood still or could not reach the store: its patience begins anew', () => {
    let watch = newWatch(leaseMs, 0);
    watch = look(watch, beats(7), 0);
    watch = look(watch, beats(7), 5_000);
    watch = look(watch, beats(7), 300_000);
    expect(silentIn(watch).size).toBe(0);
    for (let now = 305_000; now <= 320_000; now += 5_000) watch = look(watch, beats(7), now);
    expect([...silentIn(watch)]).toEqual(['other']);
  });

  it('is forgotten of one that has left', () => {
    const watch = look(newWatch(leaseMs, 0), beats(7), 0);
    expect(look(watch, {}, 1).seen).toEqual({});
  });
});
