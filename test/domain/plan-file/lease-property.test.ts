import * as fc from '../../support/property.ts';
import { describe, expect, it } from 'vitest';
import { leaveLease, renewLease, type PlanFileLease } from '../../../src/domain/plan-file/lease.ts';
import { look, newWatch, type Watch } from '../../../src/domain/plan-file/lease-watch.ts';

/** Four machines on each of which a process with one of three files runs, stands still, is cut off, or is gone. */
const step = fc.record({
  kind: fc.constantFrom(
    ...(['start', 'start', 'start', 'pass', 'pass', 'pass', 'pass', 'load', 'stop', 'kill', 'kill'] as const),
    ...(['still', 'wake', 'wake', 'cut', 'join', 'join', 'outage', 'back', 'back'] as const),
  ),
  machine: fc.integer({ min: 0, max: 3 }),
  file: fc.constantFrom('A', 'B', 'C'),
  rounds: fc.integer({ min: 1, max: 8 }),
});
type Step = Parameters<Parameters<typeof step.map>[0]>[0];
const steps = fc.array(step, { maxLength: 60, size: 'max' });

const renewEveryMs = 5_000;
const leaseMs = 20_000;

interface Process {
  readonly id: string;
  readonly machine: number;
  file: string;
  deliberate: boolean;
  still: boolean;
  beat: number;
  watch: Watch;
  /** When it last renewed its part. */
  renewedAt: number;
}

interface Change {
  readonly at: number;
  readonly to: string;
  readonly deliberate: boolean;
  /** Processes of a newer file, and when each was last heard of. */
  readonly newer: readonly { readonly id: string; readonly renewedAt: number }[];
}

/** What happens, by a true clock that no process has: each has its own, off by `clocks` of its machine. */
function play(history: readonly Step[], clocks: readonly number[]) {
  const alive = new Map<number, Process>();
  const cut = new Set<number>();
  /** Every file that was brought, newest first: by the first process with it, or by a person. */
  let order: string[] = [];
  const changes: Change[] = [];
  const at = { now: 1_000_000, away: false, starts: 0 };
  const store = { lease: null as PlanFileLease | null };
  const heard = new Map<string, { id: string; file: string; renewedAt: number }>();

  const renew = (process: Process): void => {
    if (process.still || at.away || cut.has(process.machine)) return;
    const { id, file, deliberate, machine } = process;
    if (deliberate || !order.includes(file)) order = [file, ...order.filter((other) => other !== file)];
    const before = store.lease;
    // How long a machine has been up says as little to others as its clock.
    process.watch = look(process.watch, before?.holders ?? {}, at.now + machine * 1_234_567);
    const lease = renewLease(
      before,
      { processId: id, hash: file, beat: (process.beat += 1), deliberate },
      process.watch,
      at.now + (clocks[machine] ?? 0),
    );
    if (before !== null && lease.hash !== before.hash) {
      const isNewer = (other: { file: string }) => order.indexOf(other.file) < order.indexOf(file);
      changes.push({
        at: at.now,
        to: file,
        deliberate,
        newer: [...heard.values()].filter(isNewer),
      });
    }
    store.lease = lease;
    Object.assign(process, { deliberate: false, renewedAt: at.now });
    heard.set(id, { id, file, renewedAt: at.now });
  };
  const pass = (rounds: number): void => {
    for (let round = 0; round < rounds; round += 1) {
      at.now += renewEveryMs;
      for (const process of alive.values()) renew(process);
    }
  };
  const start = (machine: number, file: string): void => {
    const watch = newWatch(leaseMs, at.now + machine * 1_234_567);
    const id = `p${(at.starts += 1)}`;
    const process = { id, machine, file, deliberate: false, still: false, beat: 0, watch, renewedAt: -1 };
    alive.set(machine, process);
    renew(process);
  };
  const apply = ({ kind, machine, file, rounds }: Step): void => {
    const process = alive.get(machine);
    if (kind === 'pass') pass(rounds);
    else if (kind === 'outage' || kind === 'back') at.away = kind === 'outage';
    else if (kind === 'cut') cut.add(machine);
    else if (kind === 'join') cut.delete(machine);
    else if (kind === 'start' && process === undefined) start(machine, file);
    else if (process !== undefined) applyTo(process, kind, file);
  };
  const applyTo = (process: Process, kind: Step['kind'], file: string): void => {
    if (kind === 'still' || kind === 'wake') process.still = kind === 'still';
    if (kind === 'load' && process.file !== file && !process.still) {
      Object.assign(process, { file, deliberate: true });
      renew(process);
    }
    if (kind === 'stop' && !process.still && !at.away && store.lease !== null && !cut.has(process.machine)) {
      store.lease = leaveLease(store.lease, process.id);
      heard.delete(process.id);
    }
    if (kind === 'stop' || kind === 'kill') alive.delete(process.machine);
  };
  for (const each of history) apply(each);
  return {
    alive,
    changes,
    lease: () => store.lease,
    /** All goes well again for longer than the lease and two renewals; those that stood still woke. */
    calm(): void {
      at.away = false;
      cut.clear();
      for (const process of alive.values()) process.still = false;
      pass(leaseMs / renewEveryMs + 2);
    },
    pass,
    newestAlive: () => order.find((file) => [...alive.values()].some((process) => process.file === file)),
  };
}

const clocks = [0, 3_600_000, -3_600_000, 7];
const runs = { numRuns: 2_000 };

describe('in any order of starts, stops, kills, standstills, lost connections, outages, loads and rollbacks', () => {
  it('the newest file that a living process has counts once the length of the lease has passed, and nobody waits', () => {
    fc.assert(
      fc.property(steps, (history) => {
        const world = play(history, clocks);
        world.calm();
        if (world.alive.size > 0) expect(world.lease()?.hash).toBe(world.newestAlive());
      }),
      runs,
    );
  });

  it('what counts then counts on: renewing alone changes nothing any more', () => {
    fc.assert(
      fc.property(steps, (history) => {
        const world = play(history, clocks);
        world.calm();
        const { generation } = world.lease() ?? {};
        world.pass(10);
        expect(world.lease()?.generation).toBe(generation);
      }),
      runs,
    );
  });

  it('an older file steps in only where everybody of a newer one was silent for nearly the length of the lease', () => {
    let steppedIn = 0;
    fc.assert(
      fc.property(steps, (history) => {
        for (const { at, deliberate, newer } of play(history, clocks).changes) {
          if (deliberate || newer.length === 0) continue;
          steppedIn += 1;
          for (const { renewedAt } of newer) expect(at - renewedAt).toBeGreaterThanOrEqual(leaseMs);
        }
      }),
      runs,
    );
    expect(steppedIn).toBeGreaterThan(100);
  });

  it('clocks that are an hour ahead or were set back change nothing of it', () => {
    fc.assert(
      fc.property(steps, (history) => {
        const [right, wrong] = [play(history, [0, 0, 0, 0]), play(history, clocks)];
        const hashes = ({ changes }: typeof right) => changes.map(({ at, to }) => [at, to]);
        expect(hashes(wrong)).toEqual(hashes(right));
      }),
      runs,
    );
  });
});
