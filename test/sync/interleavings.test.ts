import { describe, expect, it } from 'vitest';
import { startProcess } from './process.ts';
import { rest, runSync } from './rest.ts';
import { change, stories, worldBefore } from './stories.ts';
import { wrongIn, wrongWrites } from './truth.ts';
import { copyOf, type World } from './world.ts';

/** Every so many calls of the second sync the first goes on. */
const stride = 3;
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

/** The first sync stops after some calls, the second runs for some, the first ends, the second ends. */
async function interleave(
  world: World,
  [one, other]: readonly [string, string],
  [k, j]: readonly [number, number],
): Promise<readonly [number, number]> {
  const begin = (customerId: string, calls: number) => {
    const held = holdAfter(calls);
    const process = startProcess(world, { gate: held.gate });
    world.queue.waiting.delete(customerId);
    return { held, process, sync: runSync(world, process, customerId) };
  };
  const first = begin(one, k);
  await Promise.race([first.sync, first.held.reached]);
  const second = begin(other, j);
  await Promise.race([second.sync, second.held.reached]);
  first.held.open();
  await first.sync;
  second.held.open();
  await second.sync;
  await rest(world);
  return [first.process.calls, second.process.calls];
}

/** Two who are told of; of one alone a second worker takes the job over, as if the first had lost it. */
function pairs(told: readonly string[]): readonly (readonly [string, string])[] {
  const [one = '', other = one, third] = told;
  const two: readonly (readonly [string, string])[] = [[one, other]];
  return third === undefined ? two : [...two, [one, third], [other, third]];
}

describe('P1, P5: however two syncs that run at the same time overlap, everything is right in the end', () => {
  it.each(stories)('when $name', async (story) => {
    const before = await worldBefore(story);
    before.searchIsLate = true;
    const told = change(before, story);
    for (const id of told) await startProcess(before).hear(id);
    const wrong: unknown[] = [];
    for (const [one, other] of pairs(told)) {
      for (const pair of one === other
        ? [[one, one] as const]
        : [[one, other] as const, [other, one] as const]) {
        let most: readonly [number, number] = [Infinity, Infinity];
        for (let k = 1; k <= most[0]; k += 1) {
          for (let j = 0; j <= most[1] + stride; j += stride) {
            const world = copyOf(before);
            most = await interleave(world, pair, [k, j]);
            played += 1;
            const found = [...wrongIn(world), ...wrongWrites(world)];
            if (found.length > 0) wrong.push({ pair, k, j, found });
          }
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('in more than a thousand ways', () => {
    console.log(`${played} interleavings in ${stories.length} stories`);
    expect(played).toBeGreaterThan(1_000);
  });
});
