import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { recommendedEventTypes, routeOf } from '../../src/stripe/event-types.ts';

test('every recommended type of event leads to work', () => {
  expect(recommendedEventTypes.length).toBeGreaterThan(20);
  expect(recommendedEventTypes.filter((type) => routeOf(type).kind === 'none')).toEqual([]);
});

test('the README lists what is recommended, and nothing else', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const [, list = ''] = /<!-- recommended events -->\n([\s\S]*?)<!-- end -->/.exec(readme) ?? [];
  expect([...list.matchAll(/`([a-z_.]+)`/g)].map(([, type]) => type)).toEqual(recommendedEventTypes);
});
