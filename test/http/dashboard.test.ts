import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDoorkeeper } from '../../src/http/admin/authentication.ts';
import { send, startApp, type TestApp } from './support/app.ts';
import { useCasesNoting } from './support/use-cases.ts';

let app: TestApp;

beforeAll(async () => {
  const door = createDoorkeeper(
    [{ name: 'kim', token: 'a-token-of-enough-length', access: 'full' }],
    Date.now,
  );
  app = await startApp({ admin: { door, useCases: useCasesNoting([]) } });
});

afterAll(() => app.close());

const typeAt = async (path: string): Promise<readonly unknown[]> => {
  const { status, headers } = await send(app, { path: `/dashboard/${path}` });
  return [status, String(headers['content-type']).split(';')[0]];
};

test.each([
  '',
  'held',
  'find?id=jane.doe@example.com.js',
  'outcomes?customer=cus.1',
  'customers/jane.doe%40example.com',
  'customers/shop.js',
  'customers/a%2Fb.css',
  'no/such/view',
])('an address of the page is the page, whatever an id has in it: /dashboard/%s', async (path) => {
  expect(await typeAt(path)).toEqual([200, 'text/html']);
});

test('every view of one thing takes an id that looks like a file', async () => {
  const views = readFileSync(new URL('../../dashboard/src/views.tsx', import.meta.url), 'utf8');
  const ofOne = [...views.matchAll(/\/\^\\\/([\w-]+)\\\/\(\[/g)].map(([, name = '']) => name);
  expect(ofOne).toContain('customers');
  for (const name of ofOne)
    expect([name, ...(await typeAt(`${name}/a.js`))]).toEqual([name, 200, 'text/html']);
});

test.each(['icon.svg', 'index.html'])('a file of the build is itself: /dashboard/%s', async (path) => {
  expect(await typeAt(path)).toEqual([200, path === 'icon.svg' ? 'image/svg+xml' : 'text/html']);
});

test.each([
  'nope.js',
  'favicon.ico',
  'index.html.map',
  'assets/nope',
  'assets/nope.js',
  'customers/cus_1/nope.js',
  'static/nope.css',
])('a file that the build does not have is missing, and never the page: /dashboard/%s', async (path) => {
  expect(await typeAt(path)).toEqual([404, 'application/json']);
});
