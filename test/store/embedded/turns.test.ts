import { expect, test } from 'vitest';
import { Turns } from '../../../src/store/embedded/turns.ts';
import type { Precedence } from '../../../src/store/with-timeout.ts';

/** All wait for the one turn that is taken; the order in which they get theirs. */
async function served(asking: readonly Precedence[]): Promise<readonly Precedence[]> {
  const turns = new Turns();
  const end = await turns.take();
  const order: Precedence[] = [];
  const all = asking.map(async (precedence) => {
    const done = await turns.take(precedence);
    order.push(precedence);
    done();
  });
  end();
  await Promise.all(all);
  return order;
}

const many = (precedence: Precedence, count: number): Precedence[] =>
  Array.from({ length: count }, () => precedence);

test('deliveries go before the work that they make, and that before who only watches', async () => {
  expect(await served(['behind', 'usual', 'first', 'usual', 'first'])).toEqual([
    'first',
    'first',
    'usual',
    'usual',
    'behind',
  ]);
});

test('however many deliveries wait, work and watchers get their turns', async () => {
  const order = await served(['behind', ...many('usual', 5), ...many('first', 60)]);
  const places = order.flatMap((precedence, place) => (precedence === 'usual' ? [place] : []));
  expect(places).toHaveLength(5);
  for (const [n, place] of places.entries()) expect(place - (places[n - 1] ?? -1)).toBeLessThanOrEqual(6);
  expect(order.indexOf('behind')).toBeLessThan(40);
});
