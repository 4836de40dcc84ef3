import { expect, it } from 'vitest';
import { createBodyBudget } from '../../src/http/body-budget.ts';

it('lets bodies in up to its bytes, and others as soon as one gives its bytes back', () => {
  const budget = createBodyBudget(100);
  const [first, second] = [budget.open(fail), budget.open(fail)];
  expect([first.take(50), second.take(50), second.take(1)]).toEqual([true, true, false]);
  first.close();
  first.close();
  expect([second.take(50), second.take(1)]).toEqual([true, false]);
});

it('sends whoever holds most away for those who hold less, and nobody for one who would hold as much', () => {
  const gone: string[] = [];
  const budget = createBodyBudget(100);
  const large = budget.open(() => gone.push('large'));
  const small = budget.open(() => gone.push('small'));
  expect([large.take(70), small.take(30)]).toEqual([true, true]);
  const newcomer = budget.open(() => gone.push('newcomer'));
  expect([newcomer.take(70), gone]).toEqual([false, []]);
  expect([newcomer.take(60), gone]).toEqual([true, ['large']]);
  expect([large.take(1), small.take(10)]).toEqual([false, true]);
  large.close();
  expect([small.take(1), gone]).toEqual([true, ['large', 'newcomer']]);
});

function fail(): never {
  throw new Error('Nobody needs these bytes.');
}
