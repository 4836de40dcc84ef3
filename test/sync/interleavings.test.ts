import { describe, expect, it } from 'vitest';
import { startProcess } from './process.ts';
import { rest, runJob, runSync } from './rest.ts';
import { begin, happen, stories, turns, worldBefore } from './stories.ts';
import { wrongIn, wrongWrites } from './truth.ts';
import { copyOf, type World } from './world.ts';

/** After every so many calls of the second sync the first goes on. */
const stride = 10;
/** 0: no write is read back. */
const confirmations = [35_000, 0];
const cases = [false, true].flatMap((late) => [false, true].map((lost) => [late, lost] as const));
let played = 0;

/** Holds a process up once it has made so many calls, until it may go on. */
function holdAfter(calls: number) {
  let made = 0;
  let open = (): void => undefined;
  let reach = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const gate = async (): Promise<void> => {
    if (made >= calls) {
      reach();
      await opened;
    }
    made += 1;
  };
  return { gate, reached, open };
}

/** A sync that runs for so many calls, and ends when it may. */
async function runUntil(world: World, customerId: string, calls: number) {
  const held = holdAfter(calls);
  const process = startProcess(world, { gate: held.gate });
  world.queue.waiting.delete(customerId);
  const sync = runSync(world, process, customerId);
  await Promise.race([sync, held.reached]);
  return {
    async end(): Promise<number> {
      held.open();
      await sync;
      return process.calls;
    },
  };
}

/** Any two who are told of; of one alone a second worker takes the job over, as if the first had lost it. */
function pairs(told: readonly string[]): readonly (readonly [string, string])[] {
  const [only = ''] = told;
  if (told.length < 2) return [[only, only]];
  return told.flatMap((one) => told.flatMap((other) => (one === other ? [] : [[one, other] as const])));
}

describe.each(confirmations)(
  'P1, P5: with a confirmation after %i ms, however two syncs overlap',
  (after) => {
    it.each(stories)('everything is right in the end when $name', async (story) => {
      const told = await worldBefore(story);
      told.confirmAfterMs = after;
      const wrong: unknown[] = [];
      for (const [one, other] of pairs(await begin(told, story))) {
        let most = [Infinity, Infinity];
        for (let k = 1; k <= (most[0] ?? 0); k += 1) {
          for (let j = 0; j < (most[1] ?? 0) + stride; j += stride) {
            const world = copyOf(told);
            const first = await runUntil(world, one, k);
            const second = await runUntil(world, other, j);
            most = [await first.end(), await second.end()];
            await rest(world);
            played += 1;
            const found = [...wrongIn(world), ...wrongWrites(world)];
            if (found.length > 0) wrong.push({ one, other, k, j, found });
          }
        }
      }
      expect(wrong).toEqual([]);
    });
  },
);

describe.each(confirmations)(
  'P1: with a confirmation after %i ms, whatever happens while a sync runs',
  (after) => {
    it.each(turns)('everything is right in the end when $name', async (turn) => {
      const told = await worldBefore(turn);
      told.confirmAfterMs = after;
      const wrong: unknown[] = [];
      for (const customerId of await begin(told, turn)) {
        let most = Infinity;
        for (let k = 1; k <= most; k += 1) {
          // The others come before what is told meanwhile, or after it; the job may be another's by then.
          for (const [late, lost] of cases) {
            const world = copyOf(told);
            const first = await runUntil(world, customerId, k);
            const others = async (): Promise<void> => {
              while (await runJob(world, startProcess(world)));
            };
            if (late) await others();
            if (lost) world.queue.running.delete(customerId);
            await happen(world, turn.meanwhile);
            await others();
            most = await first.end();
            await rest(world);
            played += 1;
            const found = wrongIn(world);
            if (found.length > 0) wrong.push({ customerId, k, late, lost, found });
          }
        }
      }
      expect(wrong).toEqual([]);
    });
  },
);

it('interleavings are played in more than a thousand ways', () => {
  console.log(`${played} interleavings in ${stories.length + turns.length} stories`);
  expect(played).toBeGreaterThan(1_000);
});
