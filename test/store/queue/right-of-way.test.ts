import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createRightOfWay } from '../../../src/store/queue/right-of-way.ts';

function road() {
  const way = createRightOfWay();
  const passed: number[] = [];
  const give = (n: number): void => void way.giveWay().then(() => passed.push(n));
  /** Begins something that goes first; the returned function ends it. */
  const first = (): (() => Promise<void>) => {
    let end: () => void = () => undefined;
    const work = way.first(() => new Promise<void>((resolve) => (end = resolve)));
    return async () => {
      end();
      await work;
      await Promise.resolve();
    };
  };
  return { passed, give, first, way };
}

it('where nothing goes first nobody waits', async () => {
  const { passed, give } = road();
  for (const n of [1, 2, 3]) give(n);
  await Promise.resolve();
  expect(passed).toEqual([1, 2, 3]);
});

it('whoever gives way waits for what goes first, whichever of them began later', async () => {
  const { passed, give, first } = road();
  const ends = [first(), first()];
  give(1);
  await turn();
  expect(passed).toEqual([]);
  for (const end of ends) await end();
  expect(passed).toEqual([1]);
});

it('without a pause one is let by after each that went first, in their order', async () => {
  const { passed, give, first } = road();
  let end = first();
  for (const n of [1, 2, 3]) give(n);
  for (const expected of [[1], [1, 2], [1, 2, 3]]) {
    const next = first();
    await end();
    await turn();
    expect(passed).toEqual(expected);
    end = next;
  }
  await end();
});

it('once nothing goes first any more all are let by, a turn apart', async () => {
  const { passed, give, first } = road();
  const end = first();
  for (const n of [1, 2, 3]) give(n);
  await end();
  expect(passed).toEqual([1]);
  give(4);
  for (let turns = 0; turns < 4; turns++) await turn();
  expect(passed).toEqual([1, 2, 3, 4]);
});

it('what goes first and fails lets by as well', async () => {
  const { passed, give, way } = road();
  const failed = way.first(() => Promise.reject(new Error('away')));
  give(1);
  await expect(failed).rejects.toThrow('away');
  await Promise.resolve();
  expect(passed).toEqual([1]);
});
