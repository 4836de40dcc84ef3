import { ulid } from 'ulid';
import type { Run, RunProgress } from '../../src/domain/run.ts';

let asked = Date.now();

/** A run that waits, asked for later than the one before. */
export function aRun(changes: Partial<RunProgress> = {}): Run {
  return {
    id: `run_${ulid((asked += 1))}`,
    kind: 'refresh-catalog',
    selection: {},
    options: {},
    state: 'running',
    cursor: null,
    counts: { customers: 0, done: 0 },
    startedAt: null,
    finishedAt: null,
    requestedBy: 'evt_1',
    note: null,
    expiresAt: Date.now() + 86_400_000,
    ...changes,
  };
}
