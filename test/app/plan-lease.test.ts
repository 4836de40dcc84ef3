import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepPlanLease, type PlanLease } from '../../src/app/plan-lease.ts';
import { parseLease } from '../../src/domain/plan-file/lease.ts';
import type { SharedValues } from '../../src/domain/ports.ts';
import { planFileLeaseName } from '../../src/domain/shared-names.ts';
import { createLogger } from '../../src/observe/log.ts';
import { waitFor } from '../support/pipeline.ts';

/** What all processes share, which can be away, and can hold up a change until it is let through. */
function createShared() {
  const values = new Map<string, string>();
  const state = { away: false, heldUp: null as Promise<void> | null };
  const reach = async (): Promise<void> => {
    if (state.away) throw new Error('the store is away');
    const { heldUp } = state;
    state.heldUp = null;
    await heldUp;
  };
  const shared: Pick<SharedValues, 'get' | 'change'> = {
    async get(name) {
      await reach();
      return values.get(name) ?? null;
    },
    async change(name, transition) {
      await reach();
      const value = transition(values.get(name) ?? null);
      values.set(name, value);
      return value;
    },
  };
  return { shared, state, lease: () => parseLease(values.get(planFileLeaseName) ?? null) };
}

let store: ReturnType<typeof createShared>;
let started: PlanLease[];
let asked: string[];
beforeEach(() => {
  store = createShared();
  started = [];
  asked = [];
});
afterEach(async () => {
  store.state.away = false;
  for (const each of started) await each.stop();
});

const waits = { renewEveryMs: 10, leaseMs: 200 };

function start(processId: string, file: string, { beforeLook = async () => {} } = {}) {
  const own = { file };
  const lease = keepPlanLease({
    shared: store.shared,
    processId,
    works: true,
    ownHash: () => own.file,
    async lookAtEveryone(hash) {
      await beforeLook();
      asked.push(hash);
    },
    onStale: () => undefined,
    waits,
    log: createLogger({ level: 'silent', format: 'json' }, process.stdout),
    now: Date.now,
    monotonic: () => performance.now(),
  });
  started.push(lease);
  const load = (next: string) => {
    own.file = next;
    return lease.load();
  };
  return { ...lease, load };
}
const counts = (file: string) => waitFor(() => store.lease()?.hash === file);
const generations = () => store.lease()?.generation ?? 0;

describe('the part of a process in the lease of the plan file', () => {
  it('a store that was away for longer than the lease brings no older file back', async () => {
    start('old', 'old');
    await counts('old');
    const newer = start('new', 'new');
    await counts('new');
    const before = generations();
    store.state.away = true;
    const awaySince = performance.now();
    await waitFor(() => performance.now() - awaySince > waits.leaseMs);
    store.state.away = false;
    const beats = store.lease()?.holders['old']?.beat ?? 0;
    await waitFor(() => (store.lease()?.holders['old']?.beat ?? 0) > beats + 5);
    expect(store.lease()).toMatchObject({ hash: 'new', generation: before });
    expect(newer.problem()).toBeNull();
  });

  it('what a person had loaded while the store was away counts as soon as it is back', async () => {
    const process = start('p', 'old');
    start('other', 'old');
    await waitFor(() => store.lease()?.holders['other'] !== undefined);
    await process.load('new');
    store.state.away = true;
    await process.load('old');
    expect(store.lease()?.hash).toBe('new');
    store.state.away = false;
    await counts('old');
    // Nobody who still runs the file before could take it back.
    start('third', 'new');
    await waitFor(() => store.lease()?.holders['third'] !== undefined);
    expect(store.lease()?.hash).toBe('old');
  });

  it('a renewal that was under way with the file before does not undo what a person had loaded', async () => {
    const process = start('p', 'old');
    start('other', 'old');
    await waitFor(() => store.lease()?.holders['other'] !== undefined);
    let letThrough = (): void => undefined;
    store.state.heldUp = new Promise((resolve) => (letThrough = resolve));
    await waitFor(() => store.state.heldUp === null);
    const loading = process.load('new');
    letThrough();
    await loading;
    const { generation } = store.lease() ?? {};
    expect(store.lease()).toMatchObject({ hash: 'new', generation: 2 });
    const beat = store.lease()?.holders['p']?.beat ?? 0;
    await waitFor(() => (store.lease()?.holders['p']?.beat ?? 0) > beat + 3);
    expect(generations()).toBe(generation);
  });

  it('everybody is asked for after the new file counts, and by the next one when the first could not', async () => {
    start('old', 'old');
    await counts('old');
    const seen: (string | undefined)[] = [];
    let tries = 0;
    start('new', 'new', {
      beforeLook: () => {
        seen.push(store.lease()?.hash);
        return (tries += 1) === 1 ? Promise.reject(new Error('the store is away')) : Promise.resolve();
      },
    });
    await waitFor(() => store.lease()?.followed === generations() && generations() === 2);
    expect(seen).toEqual(['new', 'new']);
    expect(asked).toEqual(['new']);
  });

  it('of two that bring a file each at one moment one counts, and each of them is followed by a look at most once', async () => {
    start('first', 'A');
    start('second', 'B');
    await waitFor(() => store.lease()?.order.length === 2);
    await waitFor(() => store.lease()?.followed === generations());
    const [winner] = store.lease()?.order ?? [];
    expect(store.lease()?.hash).toBe(winner);
    expect(asked).toEqual([winner]);
  });
});
