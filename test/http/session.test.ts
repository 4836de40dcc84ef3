import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AdminToken } from '../../src/domain/caller.ts';
import { createDoorkeeper, type Doorkeeper } from '../../src/http/admin/authentication.ts';
import { lateMachine } from '../support/late-machine.ts';
import { send, startApp, type Answer, type Sent, type TestApp } from './support/app.ts';
import { useCasesNoting, type Calls } from './support/use-cases.ts';

const full: AdminToken = { name: 'kim', token: 'a-token-of-enough-length', access: 'full' };
const read: AdminToken = { name: 'read', token: 'another-token-of-length', access: 'read' };
const own = { 'planwire-request': '1', 'sec-fetch-site': 'same-origin' };
const hourMs = 3_600_000;

type Headers = NonNullable<Sent['headers']>;

let app: TestApp;
let door: Doorkeeper;
let calls: Calls;
let now: number;

async function start(tokens: readonly AdminToken[]): Promise<void> {
  door = createDoorkeeper(tokens, () => now);
  app = await startApp({ admin: { door, useCases: useCasesNoting(calls) } });
}

beforeEach(async () => {
  calls = [];
  now = Date.parse('2026-11-22T06:00:00Z');
  await start([full, read]);
});

afterEach(() => app.close());

const signIn = (body: object, headers: Headers = own): Promise<Answer> =>
  send(app, { method: 'POST', path: '/v1/session', headers, body: JSON.stringify(body) });

/** The cookie that an answer sets, as a browser would send it back. */
function cookieOf(answer: Answer): string {
  return String(answer.headers['set-cookie']).split(';')[0] ?? '';
}

async function session(token: AdminToken): Promise<string> {
  return cookieOf(await signIn({ token: token.token }));
}

const sync = (headers: Headers): Promise<Answer> =>
  send(app, { method: 'POST', path: '/v1/syncs', headers, body: '{"customer":"cus_1"}' });

const codeOf = (answer: Answer): string => (answer.json as { error: { code: string } }).error.code;

describe('a session', () => {
  test('is a cookie that no script reads and no other site sends; over TLS it stays there', async () => {
    const plain = await signIn({ token: full.token });
    expect(plain.json).toEqual({ name: 'kim', access: 'full' });
    expect(plain.headers['set-cookie']).toEqual([
      expect.stringMatching(/^planwire_session=[\w.-]+; HttpOnly; SameSite=Strict; Path=\/; Max-Age=43200$/),
    ]);
    const tls = await signIn({ token: full.token }, { ...own, 'x-forwarded-proto': 'https' });
    expect(String(tls.headers['set-cookie'])).toMatch(/; Secure$/);
    expect(String(plain.headers['set-cookie'])).not.toContain(full.token);
  });

  test('says who asks and what may be done', async () => {
    const cookie = await session(read);
    const answer = await send(app, { path: '/v1/session', headers: { cookie } });
    expect(answer.json).toMatchObject({ name: 'read', access: 'read', mode: 'test', version: '0.1.0' });
  });

  test.each([
    ['without the header of the dashboard', {}],
    ['from another site', { ...own, 'sec-fetch-site': 'cross-site' }],
    ['from another host of the same site', { ...own, 'sec-fetch-site': 'same-site' }],
    ['as a form would', { 'content-type': 'text/plain', origin: 'https://elsewhere.example' }],
  ])('cannot be used to change anything %s', async (_name, headers) => {
    const cookie = await session(full);
    const answer = await sync({ cookie, ...headers });
    expect([answer.status, codeOf(answer)]).toEqual([403, 'cross_site']);
    expect(calls).toEqual([]);
    expect((await sync({ cookie, ...own })).status).toBe(202);
  });

  test('cannot be begun from another site either', async () => {
    const answer = await signIn({ token: full.token }, { 'sec-fetch-site': 'cross-site' });
    expect(answer.status).toBe(403);
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  test('ends after twelve hours', async () => {
    const cookie = await session(full);
    now += 12 * hourMs - 1;
    expect((await send(app, { path: '/v1/session', headers: { cookie } })).status).toBe(200);
    now += 1;
    const late = await send(app, { path: '/v1/session', headers: { cookie } });
    expect([late.status, codeOf(late)]).toEqual([401, 'session_ended']);
    expect(String(late.headers['set-cookie'])).toContain('Max-Age=0');
  });

  test('ends with its token, survives a restart, and is as good at another server', async () => {
    const cookie = await session(full);
    await app.close();
    await start([read, full]);
    expect((await sync({ cookie, ...own })).status).toBe(202);
    await app.close();
    await start([{ ...full, token: 'the-token-that-replaced-it' }, read]);
    expect((await sync({ cookie, ...own })).status).toBe(401);
    await app.close();
    await start([read]);
    expect((await sync({ cookie, ...own })).status).toBe(401);
  });

  test('is taken only as it was given out', async () => {
    const cookie = await session(read);
    const [payload = '', signature = ''] = cookie.replace('planwire_session=', '').split('.');
    const claimed = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    const forged = Buffer.from(JSON.stringify({ ...claimed, name: 'kim' })).toString('base64url');
    for (const value of [`${forged}.${signature}`, `${payload}.`, payload, 'x', `${payload}.${signature}x`]) {
      const headers = { cookie: `planwire_session=${value}` };
      expect((await send(app, { path: '/v1/session', headers })).status, value).toBe(401);
    }
  });

  test('is given back by signing out', async () => {
    const headers = { cookie: await session(full), ...own };
    const answer = await send(app, { method: 'DELETE', path: '/v1/session', headers });
    expect(String(answer.headers['set-cookie'])).toContain('Max-Age=0');
  });
});

test(
  'whoever shows nothing is told at once that nobody is signed in, however late wrong tokens are answered',
  lateMachine,
  async () => {
    for (let n = 0; n < 5; n += 1) {
      const answer = await send(app, { path: '/v1/session' });
      expect([answer.status, codeOf(answer)]).toEqual([401, 'signed_out']);
    }
    for (let n = 0; n < 3; n += 1) await signIn({ token: 'wrong' });
    const late = signIn({ token: 'wrong' });
    const first = await Promise.race([late, send(app, { path: '/v1/session' })]);
    expect(codeOf(first)).toBe('signed_out');
    await late;
  },
);

describe('a token that may only read', () => {
  test.each([
    ['as a session', async () => ({ cookie: await session(read), ...own })],
    ['as a bearer', async () => ({ authorization: `Bearer ${read.token}` })],
  ])('looks at everything and changes nothing, %s', async (_name, headersOf) => {
    const headers = await headersOf();
    for (const path of ['/v1/outcomes', '/v1/customers/cus_1', '/v1/stats']) {
      expect((await send(app, { path, headers })).status, path).toBe(200);
    }
    const body = '{"customer":"cus_1"}';
    expect((await send(app, { method: 'POST', path: '/v1/preview', headers, body })).status).toBe(200);
    calls.length = 0;
    for (const path of ['/v1/syncs', '/v1/replays', '/v1/held/release', '/v1/held/cus_1/release']) {
      const answer = await send(app, { method: 'POST', path, headers, body });
      expect([answer.status, codeOf(answer)], path).toEqual([403, 'read_only']);
    }
    expect(calls).toEqual([]);
  });
});

describe('the code of a link', () => {
  test('signs in once, as the holder of its token', async () => {
    const code = door.sessions.createCode('kim');
    const first = await signIn({ code });
    expect(first.json).toEqual({ name: 'kim', access: 'full' });
    expect((await sync({ cookie: cookieOf(first), ...own })).status).toBe(202);
    expect((await signIn({ code })).status).toBe(401);
  });

  test('is no good after ten minutes', async () => {
    const code = door.sessions.createCode('kim');
    now += 10 * 60_000;
    expect((await signIn({ code })).status).toBe(401);
  });
});

describe('signing in with what is no token', () => {
  test('is answered later and later, and sets no cookie', async () => {
    const startedAt = performance.now();
    for (const token of ['wrong', '', read.token.slice(1)]) {
      const answer = await signIn({ token });
      expect(answer.status).toBe(401);
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(690);
    expect(app.lines.join('')).not.toContain('wrong');
  });

  test('is refused in one sentence where it is no sign-in at all', async () => {
    for (const body of [{}, { token: 1 }, { token: 'x', code: 'y' }]) {
      expect((await signIn(body)).status).toBe(400);
    }
  });
});
