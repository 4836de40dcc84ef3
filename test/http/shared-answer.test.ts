import { expect, it } from 'vitest';
import { sharedAnswer } from '../../src/http/shared-answer.ts';

it('six hundred who ask within a second cost one look, and who asks after it another', async () => {
  let looks = 0;
  let now = 0;
  const ask = sharedAnswer(
    1_000,
    () => Promise.resolve((looks += 1)),
    () => now,
  );
  const answers = await Promise.all(Array.from({ length: 600 }, ask));
  expect(new Set(answers)).toEqual(new Set([1]));
  now = 999;
  expect(await ask()).toBe(1);
  now = 1_000;
  expect(await ask()).toBe(2);
  expect(looks).toBe(2);
});
