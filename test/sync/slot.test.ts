import { expect, it } from 'vitest';
import { startProcess } from './process.ts';
import { rest, runJob } from './rest.ts';
import { begin, worldBefore, type Story } from './stories.ts';
import type { Outcome } from '../../src/domain/outcome/outcome.ts';
import type { World } from './world.ts';

/** A customer that rises to the plan team, and what was known of its outcome whenever a sync released its slot. */
async function risen(): Promise<{ readonly world: World; readonly released: (Outcome | undefined)[] }> {
  const story: Story = {
    name: '',
    before: { a: { leads: 'u', price: null } },
    after: { a: { leads: 'u', price: 'team' } },
  };
  const world = await worldBefore(story);
  const before = world.outcomes.size;
  const last = (): Outcome | undefined => [...world.outcomes.values()].slice(before).at(-1);
  const released: (Outcome | undefined)[] = [];
  await begin(world, story);
  const process = startProcess(world, { onRelease: () => void released.push(last()) });
  await runJob(world, process);
  await rest(world, process);
  return { world, released };
}

it('a sync releases its slot when its calls are over, before it writes its end down', async () => {
  const { world, released } = await risen();
  const [first] = released;
  expect([released.length > 0, first]).toEqual([true, undefined]);
  expect([...world.outcomes.values()].at(-1)).toMatchObject({ status: 'applied' });
});

it('a confirmation releases it after its call, before it completes the outcome', async () => {
  const { world, released } = await risen();
  const [, second] = released;
  expect(second).toMatchObject({ status: 'applied', confirmedAt: null });
  expect([...world.outcomes.values()].at(-1)?.confirmedAt).not.toBeNull();
});
