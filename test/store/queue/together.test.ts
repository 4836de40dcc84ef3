import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { sendTogether } from '../../../src/store/queue/together.ts';

interface Lot {
  readonly items: readonly number[];
  readonly done: (results: readonly string[]) => void;
  readonly failed: (cause: Error) => void;
}

function sending(most = 100) {
  const lots: Lot[] = [];
  const send = sendTogether<number, string>(
    (items) => new Promise((done, failed) => lots.push({ items, done, failed })),
    most,
  );
  const answer = async (nth: number): Promise<void> => {
    lots[nth]?.done(lots[nth].items.map((item) => `done ${item}`));
    // One in which it is told, and one for the next lot.
    await turn();
    await turn();
  };
  return { lots, send, answer };
}

it('one alone is sent at once, and what comes meanwhile goes together after it', async () => {
  const { lots, send, answer } = sending();
  const first = send(1);
  await turn();
  expect(lots.map(({ items }) => items)).toEqual([[1]]);
  const others = [send(2), send(3)];
  await turn();
  expect(lots).toHaveLength(1);
  await answer(0);
  expect(await first).toBe('done 1');
  expect(lots.map(({ items }) => items)).toEqual([[1], [2, 3]]);
  await answer(1);
  expect(await Promise.all(others)).toEqual(['done 2', 'done 3']);
});

it('what comes in the turn in which a lot is answered goes with those that waited', async () => {
  const { lots, send, answer } = sending();
  const first = send(1);
  await turn();
  const second = send(2);
  const third = first.then(() => send(3));
  await answer(0);
  expect(lots.map(({ items }) => items)).toEqual([[1], [2, 3]]);
  await answer(1);
  expect(await Promise.all([second, third])).toEqual(['done 2', 'done 3']);
});

it('a lot is bounded, and the rest is the next', async () => {
  const { lots, send, answer } = sending(2);
  const all = [1, 2, 3, 4, 5].map(send);
  await turn();
  for (const nth of [0, 1, 2]) await answer(nth);
  expect(lots.map(({ items }) => items)).toEqual([[1, 2], [3, 4], [5]]);
  expect(await Promise.all(all)).toHaveLength(5);
});

it('a lot that fails fails for its own, and the next is sent all the same', async () => {
  const { lots, send, answer } = sending();
  const first = [send(1), send(2)].map((sent) => sent.catch((cause: Error) => cause.message));
  await turn();
  const second = send(3);
  lots[0]?.failed(new Error('away'));
  expect(await Promise.all(first)).toEqual(['away', 'away']);
  await turn();
  await turn();
  await answer(1);
  expect(await second).toBe('done 3');
});
