import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leaveLease, renewLease, type PlanFileLease } from '../../../src/domain/plan-file/lease.ts';

const nobody = new Set<string>();
const renew = (
  lease: PlanFileLease | null,
  processId: string,
  hash: string,
  options: { deliberate?: boolean; silent?: readonly string[] } = {},
) =>
  renewLease(
    lease,
    { processId, hash, deliberate: options.deliberate === true },
    new Set(options.silent ?? nobody),
    1_000,
  );

describe('the plan file that counts', () => {
  it('is that of the first process, and then of whoever brings one that never counted', () => {
    const first = renew(null, 'p1', 'old');
    expect(first).toMatchObject({ generation: 1, hash: 'old' });
    expect(renew(first, 'p2', 'new')).toMatchObject({ generation: 2, hash: 'new', history: ['old'] });
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
      history: ['new'],
    });
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

  it('is the one that a person has loaded, whatever counted before', () => {
    const lease = renew(renew(null, 'p1', 'old'), 'p2', 'new');
    expect(renew(lease, 'p2', 'old', { deliberate: true })).toMatchObject({ generation: 3, hash: 'old' });
  });
});

/** Processes with one of three files that start, load another, end, are killed, and come round to renewing. */
const step = fc.record({
  kind: fc.constantFrom('start', 'renew', 'renew', 'renew', 'load', 'stop', 'kill'),
  process: fc.integer({ min: 0, max: 3 }),
  file: fc.constantFrom('A', 'B', 'C'),
});

interface Alive {
  hash: string;
  deliberate: boolean;
}

describe('in any order of starts, stops, kills, loads and renewals', () => {
  function run(steps: readonly { kind: string; process: number; file: string }[]) {
    const alive = new Map<string, Alive>();
    /** Killed, or ended for so long that they are missed. */
    const gone = new Set<string>();
    let lease: PlanFileLease | null = null;
    let starts = 0;
    const ids: string[] = [];
    const everStarted: string[] = [];
    const renewal = (id: string, one: Alive): void => {
      lease = renewLease(lease, { processId: id, ...one }, gone, 1);
      one.deliberate = false;
    };
    for (const { kind, process, file } of steps) {
      const id = ids[process];
      const one = id === undefined ? undefined : alive.get(id);
      if (kind === 'start' && one === undefined) {
        const fresh = `p${(starts += 1)}`;
        ids[process] = fresh;
        everStarted.push(fresh);
        const started = { hash: file, deliberate: false };
        alive.set(fresh, started);
        renewal(fresh, started);
      } else if (id !== undefined && one !== undefined) {
        if (kind === 'renew') renewal(id, one);
        if (kind === 'load' && one.hash !== file) {
          Object.assign(one, { hash: file, deliberate: true });
          renewal(id, one);
        }
        if (kind === 'stop' && lease !== null) lease = leaveLease(lease, id);
        if (kind === 'kill') gone.add(id);
        if (kind === 'stop' || kind === 'kill') alive.delete(id);
      }
    }
    /** Everybody who lives renews until whoever ended is missed. */
    const settle = (): void => {
      for (const id of everStarted) if (!alive.has(id)) gone.add(id);
      for (let round = 0; round < 2; round += 1) for (const [id, one] of alive) renewal(id, one);
    };
    return { alive, renewal, settle, current: () => lease };
  }

  it('somebody writes after one more renewal of everybody who lives', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { alive, settle, current } = run(steps);
        settle();
        const writers = [...alive.values()].filter(({ hash }) => hash === current()?.hash);
        expect(alive.size === 0 || writers.length > 0).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('what counts once everybody has renewed counts on: renewing alone changes nothing any more', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 40 }),
        fc.array(fc.nat(3), { maxLength: 20 }),
        (steps, order) => {
          const { alive, renewal, settle, current } = run(steps);
          settle();
          const settled = current();
          const everybody = [...alive];
          for (const nth of order) {
            const next = everybody[nth % Math.max(1, everybody.length)];
            if (next !== undefined) renewal(...next);
          }
          expect(current()?.generation).toBe(settled?.generation);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('no file that counted before wins while a process of a newer one lives, unless a person loads it', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.constantFrom('A', 'B', 'C'), (steps, file) => {
        const { alive, renewal, settle, current } = run(steps);
        settle();
        const before = current();
        if (before === null) return;
        const order = [before.hash, ...before.history];
        const newest = Math.min(
          ...[...alive.values()].map(({ hash }) => order.indexOf(hash)).filter((rank) => rank >= 0),
        );
        const started = { hash: file, deliberate: false };
        alive.set('late', started);
        renewal('late', started);
        if (order.includes(file) && order.indexOf(file) > newest) expect(current()?.hash).toBe(before.hash);
      }),
      { numRuns: 2_000 },
    );
  });
});
