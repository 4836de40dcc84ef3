import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { AuditAsked, AuditEnd } from '../../src/domain/audit.ts';
import type { AdminToken } from '../../src/domain/caller.ts';
import { adminRoutes, type UseCases } from '../../src/http/admin/routes.ts';
import { send, startApp, type Answer, type Sent, type TestApp } from './support/app.ts';
import { useCasesNoting, type Calls } from './support/use-cases.ts';
import { createDoorkeeper } from '../../src/http/admin/authentication.ts';

const kim: AdminToken = { name: 'kim', token: 'a-token-of-enough-length', access: 'full' };
const read: AdminToken = { name: 'read', token: 'another-token-of-length', access: 'read' };
const run = 'run_01KAWJ5CCKX0ZK3W8C4C0F7V6T';

let app: TestApp | null = null;
afterEach(async () => {
  await app?.close();
  app = null;
});

async function start(changed: Partial<UseCases> = {}) {
  const calls: Calls = [];
  const audited: (AuditAsked | AuditEnd)[] = [];
  const useCases = { ...useCasesNoting(calls, audited), ...changed };
  app = await startApp({ admin: { door: createDoorkeeper([kim, read]), useCases } });
  return { calls, audited };
}

function ask(sent: Sent): Promise<Answer> {
  if (app === null) throw new Error('not started');
  return send(app, sent);
}

function post(path: string, body: object = {}, headers: Sent['headers'] = {}): Promise<Answer> {
  const authorization = `Bearer ${kim.token}`;
  return ask({
    method: 'POST',
    path,
    body: JSON.stringify(body),
    headers: { authorization, ...headers },
  });
}

describe('what operators did', () => {
  test('every route that is no GET says what is noted of it, or why nothing is', () => {
    const routes = adminRoutes(useCasesNoting([]));
    const changing = routes.filter(({ method }) => method !== 'get');
    const noted = changing.filter(({ audit }) => audit !== undefined && 'action' in audit);
    const unnoted = changing.filter(({ audit }) => audit !== undefined && 'unnoted' in audit);
    expect(changing.filter(({ audit }) => audit === undefined)).toEqual([]);
    expect(unnoted.map(({ path }) => path).toSorted()).toEqual([
      '/v1/lookups',
      '/v1/plan-file/check',
      '/v1/preview',
    ]);
    // Whatever a token that only looks may not do is noted.
    expect(noted.map(({ path }) => path)).toEqual(
      routes.filter(({ access }) => access === 'full').map(({ path }) => path),
    );
    expect(noted.length).toBeGreaterThan(6);
  });

  test('nothing under /v1 goes round the routes but signing in and out', () => {
    const folder = join(import.meta.dirname, '../../src/http');
    const registered = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => [
        ...readFileSync(join(folder, name), 'utf8').matchAll(/\.(post|put|patch|delete)\(\s*'(\/[^']*)'/g),
      ])
      .map(([, method, path]) => `${method} ${path}`);
    expect(registered.filter((each) => each.includes(' /v1')).toSorted()).toEqual([
      'delete /v1/session',
      'post /v1/session',
    ]);
  });

  test.each<[string, object, string, object, object]>([
    ['/v1/syncs', { customer: 'cus_1' }, 'sync', { customer: 'cus_1' }, { customers: 1 }],
    [
      '/v1/replays',
      { id: 'evt_1' },
      'replay',
      { id: 'evt_1', dryRun: false },
      { customers: 3, runId: 'run_1' },
    ],
    [
      '/v1/replays',
      { status: 'failed', since: '2026-11-22' },
      'replay',
      { status: 'failed', since: '2026-11-22T00:00:00.000Z', dryRun: false },
      { customers: 3, runId: 'run_1' },
    ],
    ['/v1/held/cus_1/release', {}, 'release', { customer: 'cus_1' }, { customers: 1 }],
    ['/v1/held/release', {}, 'release', { all: true }, { customers: 1, runId: null }],
    ['/v1/catch-ups', {}, 'catch-up', { dryRun: false }, { runId: run }],
    [
      '/v1/reconciliations',
      { rows: [{ customerId: 'cus_1', field: null, should: 1, is: 2 }], repair: 'raise' },
      'reconcile',
      { rows: 1, repair: 'raise', onForeign: 'repair', acceptFewer: false, keys: false },
      { runId: run },
    ],
    [`/v1/runs/${run}/abort`, {}, 'abort-run', { run }, {}],
    [
      '/v1/problems/unmapped_item/acknowledge',
      {},
      'acknowledge-problem',
      { code: 'unmapped_item', acknowledged: true },
      { customers: null, runId: null },
    ],
  ])('POST %s %j is noted before it is done, and how it ended', async (path, body, action, target, end) => {
    const { audited } = await start();
    expect((await post(path, body)).status).toBeLessThan(300);
    const from = { via: 'api', address: '127.0.0.1', forwardedFor: null };
    expect(audited).toEqual([
      { action, target, by: 'kim', from },
      expect.objectContaining({ ...end, result: 'done' }),
    ]);
  });

  test('where it came from: a command, the dashboard by its session, and whom the nearest proxy names', async () => {
    const { audited } = await start();
    const own = { 'planwire-request': '1', 'sec-fetch-site': 'same-origin' };
    const signedIn = await ask({
      method: 'POST',
      path: '/v1/session',
      headers: own,
      body: JSON.stringify({ token: kim.token }),
    });
    const cookie = String(signedIn.headers['set-cookie']).split(';')[0] ?? '';
    const body = JSON.stringify({ customer: 'cus_1' });
    await ask({ method: 'POST', path: '/v1/syncs', headers: { ...own, cookie }, body });
    await post('/v1/syncs', { customer: 'cus_1' }, { 'planwire-client': 'command line' });
    await post('/v1/syncs', { customer: 'cus_1' }, { 'x-forwarded-for': '10.9.9.9, 203.0.113.7' });
    await post('/v1/syncs', { customer: 'cus_1' }, { 'x-forwarded-for': 'kim@example.com' });
    const origins = audited.flatMap((each) => ('from' in each ? [each.from] : []));
    const address = '127.0.0.1';
    expect(origins).toEqual([
      { via: 'dashboard', address, forwardedFor: null },
      { via: 'command line', address, forwardedFor: null },
      { via: 'api', address, forwardedFor: '203.0.113.7' },
      { via: 'api', address, forwardedFor: null },
    ]);
  });

  test('what was refused is not noted; what found nothing or failed is, as that', async () => {
    const { audited } = await start({
      startReplay: () => Promise.resolve(null),
      requestSync: () => Promise.reject(new Error('the store is away')),
    });
    await post('/v1/syncs', { customer: 'not an id' });
    await post('/v1/syncs', { customer: 'cus_1' }, { authorization: `Bearer ${read.token}` });
    await post('/v1/preview', { customer: 'cus_1' });
    await post('/v1/lookups', { email: 'kim@example.com' });
    expect(audited).toEqual([]);
    expect((await post('/v1/replays', { id: 'evt_none' })).status).toBe(404);
    expect((await post('/v1/syncs', { customer: 'cus_1' })).status).toBe(500);
    expect(audited.map((each) => ('result' in each ? each.result : each.action))).toEqual([
      'replay',
      'nothing',
      'sync',
      'failed',
    ]);
  });

  test('what cannot be noted is not done', async () => {
    const { calls } = await start({ recordAudit: () => Promise.reject(new Error('the store is away')) });
    expect((await post('/v1/syncs', { customer: 'cus_1' })).status).toBe(500);
    expect(calls).toEqual([]);
  });

  test('a token that only looks may read it, and the description has it', async () => {
    const { calls } = await start();
    const headers = { authorization: `Bearer ${read.token}` };
    const answer = await ask({ path: '/v1/audit?limit=2&cursor=next', headers });
    expect(answer.status).toBe(200);
    expect(calls).toEqual([['listAudit', 'next', 2]]);
    expect(answer.json).toMatchObject({
      entries: [{ action: 'sync', by: 'kim', at: '2026-11-22T06:00:00.000Z' }],
      nextCursor: 'next',
    });
    const { paths } = (await ask({ path: '/openapi.json' })).json as { paths: object };
    expect(paths).toHaveProperty(['/v1/audit', 'get']);
  });
});
