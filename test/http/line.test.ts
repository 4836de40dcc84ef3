import { expect, it } from 'vitest';
import { createLine } from '../../src/http/line.ts';

it('lets few go on at once, and the next in order where one leaves', () => {
  const line = createLine({ atOnce: 2, room: 100, turnMs: 60_000 });
  const went: string[] = [];
  const [first, , third] = ['a', 'b', 'c', 'd', 'e'].map((name) =>
    line.join(
      1,
      () => went.push(name),
      () => went.push(`${name} halts`),
    ),
  );
  expect(went).toEqual(['a', 'b']);
  third?.();
  first?.();
  first?.();
  expect(went).toEqual(['a', 'b', 'd']);
});

it('has room for so much, until somebody leaves', () => {
  const line = createLine({ atOnce: 1, room: 10, turnMs: 60_000 });
  const leave = line.join(6, nothing, nothing);
  expect([line.hasRoom(4), line.hasRoom(5)]).toEqual([true, false]);
  leave();
  expect(line.hasRoom(10)).toBe(true);
});

it('halts one that has had its time while others wait, and lets it go on when its turn comes again', async () => {
  const line = createLine({ atOnce: 1, room: 10, turnMs: 5 });
  const went: string[] = [];
  const leaving = ['slow', 'next'].map((name) =>
    line.join(
      1,
      () => went.push(name),
      () => went.push(`${name} halts`),
    ),
  );
  await expect.poll(() => went.slice(0, 5)).toEqual(['slow', 'slow halts', 'next', 'next halts', 'slow']);
  for (const leave of leaving) leave();
});

function nothing(): void {}
