import { describe, expect, it } from 'vitest';
import { runScale } from './run.ts';

describe.each([
  { store: 'redis', workers: 3 },
  { store: 'cluster', workers: 2 },
  { store: 'postgres', workers: 2 },
] as const)('on $store, two servers and $workers workers', ({ store, workers }) => {
  it('that are killed while 400 events for 40 customers come in leave every identity right, and no writes overlapped', async () => {
    const said: string[] = [];
    const result = await runScale({
      store,
      workers,
      servers: 2,
      events: 400,
      customers: 40,
      eventsPerSecond: 40,
      kills: 2,
      seed: 3,
      patienceMs: 60_000,
      say: (line) => said.push(line),
    });
    expect(result, said.join('\n')).toMatchObject({
      events: 400,
      notAcknowledged: 0,
      wrong: [],
      overlapping: 0,
      jobsLeft: 0,
      kills: [expect.any(String), expect.any(String)],
    });
    expect(
      result.done.every((count) => count > 0),
      `outcomes of each worker: ${result.done.join(', ')}`,
    ).toBe(true);
  }, 180_000);
});
