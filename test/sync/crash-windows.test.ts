import { describe, expect, it } from 'vitest';
import { startProcess, type Death } from './process.ts';
import { rest, restWithDeath, type JobsOfTheDead } from './rest.ts';
import { begin, stories, worldBefore } from './stories.ts';
import { wrongIn, wrongWrites } from './truth.ts';
import { copyOf } from './world.ts';

const whens: readonly Death['when'][] = ['before', 'after', 'late'];
let points = 0;

describe('P1: wherever a process dies, everything is right in the end', () => {
  it.each(stories)('when $name', async (story) => {
    const told = await worldBefore(story);
    await begin(told, story);
    const calm = copyOf(told);
    const worker = startProcess(calm);
    await rest(calm, worker);
    expect([...wrongIn(calm), ...wrongWrites(calm)]).toEqual([]);
    const wrong: unknown[] = [];
    for (let call = 1; call <= worker.calls; call += 1) {
      for (const when of whens) {
        if (when === 'late' && !worker.writes.has(call)) continue;
        for (const jobs of ['stay', 'lost'] satisfies JobsOfTheDead[]) {
          const world = copyOf(told);
          expect(await restWithDeath(world, startProcess(world, { death: { call, when } }), jobs)).toBe(true);
          points += 1;
          const found = [...wrongIn(world), ...wrongWrites(world)];
          if (found.length > 0) wrong.push({ call, when, jobs, found });
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('at more than a thousand points', () => {
    console.log(`${points} crash points in ${stories.length} stories`);
    expect(points).toBeGreaterThan(1_000);
  });
});
