import { Validator } from '@seriousme/openapi-schema-validator';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { MalformedCursorError } from '../../src/domain/outcome/cursor.ts';
import { send, startApp, type Answer, type Sent, type TestApp } from './support/app.ts';
import { useCasesNoting, type Calls } from './support/use-cases.ts';
import { createDoorkeeper } from '../../src/http/admin/authentication.ts';
import type { UseCases } from '../../src/http/admin/routes.ts';

const token = 'a-token-of-enough-length';
const doorFor = (full: string) => createDoorkeeper([{ name: 'admin', token: full, access: 'full' }]);
const bearer = { authorization: `Bearer ${token}` };
let app: TestApp;
let calls: Calls;

async function start(changed: Partial<UseCases> = {}): Promise<void> {
  const useCases = { ...useCasesNoting(calls), ...changed };
  app = await startApp({ admin: { door: doorFor(token), useCases } });
}

beforeEach(() => {
  calls = [];
});

afterEach(async () => {
  await app.close();
});

function ask(path: string, sent: Sent = {}): Promise<Answer> {
  return send(app, { path, ...sent, headers: { ...bearer, ...sent.headers } });
}

function post(path: string, body?: unknown): Promise<Answer> {
  return ask(path, { method: 'POST', ...(body !== undefined && { body: JSON.stringify(body) }) });
}

function messageOf(answer: Answer): string {
  return (answer.json as { error: { message: string } }).error.message;
}

describe('the token', () => {
  test('without ADMIN_TOKEN nothing of the admin API exists, not even its description', async () => {
    app = await startApp();
    for (const path of ['/v1/outcomes', '/v1/nothing', '/openapi.json']) {
      const answer = await send(app, { path, headers: bearer });
      expect(answer.status).toBe(404);
      expect(answer.headers['www-authenticate']).toBeUndefined();
    }
  });

  test.each([
    ['none', {}],
    ['a wrong one', { authorization: 'Bearer another-token-of-length' }],
    ['the beginning of the right one', { authorization: `Bearer ${token.slice(0, -1)}` }],
    ['the right one with more after it', { authorization: `Bearer ${token}x` }],
    ['another scheme', { authorization: `Basic ${token}` }],
    ['an empty one', { authorization: 'Bearer ' }],
  ])('with %s every address under /v1 is 401 and calls nothing', async (_name, headers) => {
    await start();
    for (const path of ['/v1/outcomes', '/v1/nothing']) {
      const answer = await send(app, { path, headers });
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
    }
    expect(calls).toEqual([]);
  });

  test('failures of an address are answered later and later, and the right token at once all the same', async () => {
    await start();
    const times: number[] = [];
    for (let failures = 0; failures < 4; failures += 1) {
      const startedAt = performance.now();
      expect((await send(app, { path: '/v1/outcomes' })).status).toBe(401);
      times.push(performance.now() - startedAt);
    }
    expect(times[0]).toBeGreaterThanOrEqual(95);
    expect(times[3]).toBeGreaterThanOrEqual(795);
    const waiting = send(app, { path: '/v1/outcomes' });
    const first = await Promise.race([ask('/v1/outcomes'), waiting]);
    expect(first.status).toBe(200);
    expect((await waiting).status).toBe(401);
  });

  test('the token stands in no log line, whether it was right or wrong', async () => {
    await start();
    await ask('/v1/outcomes?token=secret-in-query');
    await send(app, { path: '/v1/outcomes', headers: { authorization: 'Bearer wrong-token-of-length' } });
    const log = app.lines.join('');
    expect(log).toContain('"path":"/v1/outcomes"');
    for (const secret of [token, 'wrong-token', 'secret-in-query', 'authorization']) {
      expect(log).not.toContain(secret);
    }
  });

  test('an id that was looked for stands in no log line: it may be an address', async () => {
    await start();
    await ask('/v1/find/someone@example.com');
    expect(app.lines.join('')).toContain('"path":"/v1/find/:anyId"');
    expect(app.lines.join('')).not.toContain('someone');
  });

  test('the body of a request without the token is not read', async () => {
    await start();
    const answer = await send(app, { method: 'POST', path: '/v1/preview', body: '{"not json' });
    expect(answer.status).toBe(401);
  });
});

describe('the routes', () => {
  test('filters arrive as the use case knows them: times in epoch ms, absent where not given', async () => {
    await start();
    await ask(
      '/v1/outcomes?status=failed&error=unmapped_item&customer=cus_1&identity=id_1&since=2026-11-22T06:00:00Z&until=2026-11-23&limit=5&cursor=abc',
    );
    await ask('/v1/outcomes');
    expect(calls).toStrictEqual([
      [
        'listOutcomes',
        {
          status: 'failed',
          error: 'unmapped_item',
          customerId: 'cus_1',
          identity: 'id_1',
          since: Date.parse('2026-11-22T06:00:00Z'),
          until: Date.parse('2026-11-23T00:00:00Z'),
        },
        'abc',
        5,
      ],
      ['listOutcomes', {}, null, 50],
    ]);
  });

  test('an id may hold any character that an external id can', async () => {
    await start();
    await ask(`/v1/find/${encodeURIComponent('org/7?x=ü y')}`);
    expect(calls).toEqual([['find', 'org/7?x=ü y']]);
  });

  test('a replay is by id or by filter', async () => {
    await start();
    await post('/v1/replays', { id: 'evt_1' });
    await post('/v1/replays', { status: 'failed', error: 'http_500', since: '2026-11-22', dryRun: true });
    expect(calls).toStrictEqual([
      ['startReplay', { id: 'evt_1', dryRun: false }, 'admin'],
      [
        'startReplay',
        { filter: { status: 'failed', error: 'http_500', since: Date.parse('2026-11-22') }, dryRun: true },
        'admin',
      ],
    ]);
  });

  test('a preview is of a customer or of an event', async () => {
    await start();
    await post('/v1/preview', { customer: 'cus_1' });
    await post('/v1/preview', { event: { id: 'evt_1', object: 'event' } });
    expect(calls).toStrictEqual([
      ['preview', { customerId: 'cus_1' }],
      ['preview', { event: { id: 'evt_1', object: 'event' } }],
    ]);
  });

  test('held customers are released one or all', async () => {
    await start();
    expect((await post('/v1/held/cus_1/release')).json).toEqual({ released: 1 });
    expect((await post('/v1/held/release')).json).toEqual({ released: 1, runId: null });
    expect(calls).toEqual([
      ['release', { customerId: 'cus_1' }, 'admin'],
      ['release', 'all', 'admin'],
    ]);
  });

  test('runs are listed by kind and state, read, and aborted; their rows come by pages', async () => {
    await start();
    const listed = await ask('/v1/runs?kind=replay&state=running&limit=5&cursor=run_2');
    expect(listed.json).toMatchObject({ runs: [{ kind: 'refresh-catalog' }], nextCursor: 'next' });
    expect((await ask('/v1/runs/run_1')).json).toMatchObject({ startedAt: '2026-11-22T06:00:00.000Z' });
    expect((await post('/v1/runs/run_1/abort')).json).toMatchObject({ state: 'aborted' });
    const rows = await ask('/v1/runs/run_1/rows?cursor=4');
    expect(rows.json).toEqual({ rows: [{ customerId: 'cus_1', state: 'synced' }], nextCursor: '5' });
    expect(calls).toStrictEqual([
      ['listRuns', { kind: 'replay', state: 'running' }, 'run_2', 5],
      ['getRun', 'run_1'],
      ['abortRun', 'run_1', 'admin'],
      ['runRows', 'run_1', 4],
    ]);
  });

  test('a window of statistics is a time', async () => {
    await start();
    await ask('/v1/stats?window=90m');
    await ask('/v1/stats');
    expect(calls).toEqual([
      ['stats', 5_400_000],
      ['stats', 86_400_000],
    ]);
  });

  test.each<[string, string, Partial<UseCases>]>([
    ['an outcome', '/v1/outcomes/out_1', { getOutcome: () => Promise.resolve(null) }],
    ['a customer', '/v1/customers/cus_1', { customerView: () => Promise.resolve(null) }],
    ['a replay', '/v1/replays/run_1', { replay: () => Promise.resolve(null) }],
    ['a run', '/v1/runs/run_1', { getRun: () => Promise.resolve(null) }],
    ['the report of a run', '/v1/runs/run_1/rows', { runRows: () => Promise.resolve(null) }],
  ])('%s that is not there is 404 in one sentence', async (_what, path, useCases) => {
    await start(useCases);
    const answer = await ask(path);
    expect(answer.status).toBe(404);
    expect(messageOf(answer)).toMatch(/^[A-Z].*\.$/);
  });

  test('releasing a customer who is not held is 404', async () => {
    await start({ release: () => Promise.resolve({ released: 0, runId: null }) });
    expect((await post('/v1/held/cus_1/release')).status).toBe(404);
  });
});

describe('input', () => {
  test.each([
    ['/v1/outcomes?status=lost', /^status: give one of applied/],
    ['/v1/outcomes?status=failed&status=held', /^status: /],
    ['/v1/outcomes?limit=0', /^limit: .* 1 to 200/],
    ['/v1/outcomes?limit=201', /^limit: /],
    ['/v1/outcomes?limit=ten', /^limit: /],
    ['/v1/outcomes?since=yesterday', /^since: give a time such as/],
    ['/v1/outcomes?since=2026-02-30', /^since: give a time such as/],
    ['/v1/outcomes?since=2026-02-31T25:00:00Z', /^since: /],
    ['/v1/outcomes?cursor=', /^cursor: /],
    ['/v1/runs?kind=walk', /^kind: give one of replay/],
    ['/v1/runs?state=over', /^state: give one of running/],
    ['/v1/runs/run_1/rows?cursor=x', /^cursor: /],
    ['/v1/outcomes?custommer=cus_1', /^query: custommer is not known here/],
    ['/v1/customers/evt_1', /^customer: give a Stripe customer id/],
    ['/v1/stats?window=24', /^window: give a time such as/],
    ['/v1/stats?window=99d', /^window: give a time from/],
    [`/v1/find/${'x'.repeat(256)}`, /^anyId: an id has at most 255/],
    ['/v1/find/%00', 'anyId: an id has no control characters.'],
  ])('%s is 400 and names the field', async (path, message) => {
    await start();
    const answer = await ask(path);
    expect(answer.status).toBe(400);
    expect(messageOf(answer)).toMatch(message);
    expect(calls).toEqual([]);
  });

  test.each<[string, unknown, RegExp]>([
    ['/v1/syncs', {}, /^customer: give a Stripe customer id/],
    ['/v1/syncs', undefined, /^customer: give a Stripe customer id/],
    ['/v1/syncs', { customer: 7 }, /^customer: /],
    ['/v1/syncs', { customer: 'cus_1', force: true }, /^body: force is not known here/],
    ['/v1/syncs', ['cus_1'], /^body: /],
    ['/v1/replays', {}, /^status: give a status to replay, or an id/],
    ['/v1/replays', { id: 'evt_1', status: 'failed' }, /^body: give either id or a filter/],
    ['/v1/replays', { status: 'failed', dryRun: 'yes' }, /^dryRun: give true or false/],
    ['/v1/preview', {}, /^body: give either customer, id or event/],
    ['/v1/preview', { customer: 'cus_1', event: {} }, /^body: give either customer, id or event/],
    ['/v1/preview', { event: 'evt_1' }, /^event: give the Stripe event as an object/],
    ['/v1/held/evt_1/release', undefined, /^customer: /],
    ['/v1/held/release', { customer: 'cus_1' }, /^body: none is taken at this address/],
    ['/v1/held/cus_1/release', ['cus_1'], /^body: none is taken at this address/],
  ])('POST %s with %j is 400 and names the field', async (path, body, message) => {
    await start();
    const answer = await post(path, body);
    expect(answer.status).toBe(400);
    expect(messageOf(answer)).toMatch(message);
    expect(calls).toEqual([]);
  });

  test('all problems are named at once', async () => {
    await start();
    expect(messageOf(await ask('/v1/outcomes?status=lost&limit=0'))).toMatch(/status: .*limit: /);
  });

  test('a cursor that no page gave out is 400', async () => {
    await start({ listOutcomes: () => Promise.reject(new MalformedCursorError()) });
    const answer = await ask('/v1/outcomes?cursor=abc');
    expect(answer.status).toBe(400);
    expect(messageOf(answer)).toMatch(/^cursor: /);
  });

  test('a body that is no JSON is 400, one over 1 MiB is 413, and neither is echoed', async () => {
    await start();
    const broken = await ask('/v1/preview', { method: 'POST', body: '{"marked-body":' });
    expect(broken.status).toBe(400);
    const large = await ask('/v1/preview', { method: 'POST', body: `"${'x'.repeat(1024 * 1024)}"` });
    expect(large.status).toBe(413);
    expect(broken.text + app.lines.join('')).not.toContain('marked-body');
  });

  test('another method is 405 and names the ones that work', async () => {
    await start();
    const answer = await ask('/v1/replays', { method: 'DELETE' });
    expect(answer.status).toBe(405);
    expect(answer.headers['allow']).toBe('POST');
  });
});

test('a use case that fails is 500 in one sentence, its error in the log and nowhere else', async () => {
  await start({ find: () => Promise.reject(new Error('relation "outcomes" does not exist')) });
  const answer = await ask('/v1/find/evt_1');
  expect(answer.status).toBe(500);
  expect(answer.text).not.toContain('relation');
  expect(answer.text).not.toContain('at ');
  expect(app.lines.join('')).toContain('does not exist');
  expect(app.lines.join('')).not.toContain('.ts:');
});

test('a use case that fails while the store is away is 503 with Retry-After', async () => {
  const find = () => Promise.reject(new Error("Stream isn't writeable"));
  app = await startApp({
    admin: { door: doorFor(token), useCases: { ...useCasesNoting(calls), find } },
    checks: { store: () => ({ ok: false, detail: 'Redis is not usable: no connection' }) },
  });
  const answer = await ask('/v1/find/evt_1');
  expect(answer.status).toBe(503);
  expect(answer.json).toEqual({ error: { code: 'unavailable', message: 'The store is away; try again.' } });
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  expect(app.lines.join('')).toContain("Stream isn't writeable");
});

describe('the OpenAPI document', () => {
  type Operation = {
    operationId: string;
    parameters?: { name: string; in: string; required?: boolean }[];
    requestBody?: { content: Record<string, { schema: object }> };
    responses: Record<string, { content: Record<string, { schema: object }> }>;
  };
  type Document = { openapi: string; paths: Record<string, Record<string, Operation>> };

  const bodies: Readonly<Record<string, unknown>> = {
    '/v1/syncs': { customer: 'cus_1' },
    '/v1/reconciliations': { repair: 'all' },
    '/v1/catch-ups': { since: '2026-11-20' },
    '/v1/replays': { status: 'failed', dryRun: true },
    '/v1/preview': { customer: 'cus_1' },
    '/v1/plan-file/check': { text: 'version: 1' },
    '/v1/lookups': { email: 'sam@example.com' },
    '/v1/problems/{code}/acknowledge': { acknowledged: true },
  };
  const parameters: Readonly<Record<string, string>> = {
    customer: 'cus_1',
    id: 'out_1',
    anyId: 'evt_1',
    code: 'unmapped_item',
  };

  /** Objects with named properties are closed, so that an answer with a field that is not described fails. */
  function closed(schema: unknown): unknown {
    if (Array.isArray(schema)) return schema.map(closed);
    if (typeof schema !== 'object' || schema === null) return schema;
    const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
    return 'properties' in copy ? { ...copy, additionalProperties: false } : copy;
  }

  async function document(): Promise<{ raw: Document; resolved: Document }> {
    const raw = (await ask('/openapi.json')).json as Document;
    const validator = new Validator();
    const verdict = await validator.validate(structuredClone(raw));
    expect(verdict).toEqual({ valid: true });
    return { raw, resolved: validator.resolveRefs() as unknown as Document };
  }

  test('is a valid OpenAPI 3.1 document, which tools may read without the token', async () => {
    await start();
    const { raw } = await document();
    expect(raw.openapi).toBe('3.1.0');
    expect((await send(app, { path: '/openapi.json' })).json).toEqual(raw);
  });

  test('describes every route of the admin API and no other', async () => {
    await start();
    const { raw } = await document();
    const routes = Object.entries(raw.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(routes.sort()).toEqual([
      'GET /v1/audit',
      'GET /v1/customers/{customer}',
      'GET /v1/customers/{customer}/timeline',
      'GET /v1/failing',
      'GET /v1/find/{anyId}',
      'GET /v1/held',
      'GET /v1/outcomes',
      'GET /v1/outcomes/{id}',
      'GET /v1/overview',
      'GET /v1/pings',
      'GET /v1/plan-file',
      'GET /v1/plan-file/prices',
      'GET /v1/problems',
      'GET /v1/processes',
      'GET /v1/reconciliations',
      'GET /v1/replays/{id}',
      'GET /v1/runs',
      'GET /v1/runs/{id}',
      'GET /v1/runs/{id}/rows',
      'GET /v1/session',
      'GET /v1/stats',
      'GET /v1/status',
      'POST /v1/catch-ups',
      'POST /v1/held/release',
      'POST /v1/held/{customer}/release',
      'POST /v1/lookups',
      'POST /v1/plan-file/check',
      'POST /v1/preview',
      'POST /v1/problems/{code}/acknowledge',
      'POST /v1/reconciliations',
      'POST /v1/replays',
      'POST /v1/runs/{id}/abort',
      'POST /v1/syncs',
    ]);
  });

  test('each route, called as described, answers as described, field for field', async () => {
    await start();
    const { resolved } = await document();
    for (const [template, methods] of Object.entries(resolved.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const path = template.replaceAll(/\{(\w+)\}/g, (_all, name: string) => parameters[name] ?? '');
        const body = method === 'post' ? bodies[template] : undefined;
        const answer =
          method === 'post' ? await post(path, body) : await ask(path, { method: method.toUpperCase() });
        const described = operation.responses[String(answer.status)];
        expect(described, `${method} ${template} answered ${answer.status}`).toBeDefined();
        expect(answer.status).toBeLessThan(300);
        const schema = z.fromJSONSchema(
          closed(described?.content['application/json']?.schema) as Parameters<typeof z.fromJSONSchema>[0],
        );
        expect(() => schema.parse(answer.json), `${method} ${template}`).not.toThrow();
        expect(operation.requestBody === undefined).toBe(body === undefined);
      }
    }
    // What is noted of a call is no call.
    const asked = Object.keys(useCasesNoting([])).filter((name) => name !== 'recordAudit');
    expect(new Set(calls.map(([name]) => name))).toEqual(new Set(asked));
  });

  test('each refusal has the shape that the document gives it', async () => {
    await start();
    const { resolved } = await document();
    const problem = resolved.paths['/v1/outcomes/{id}']?.['get']?.responses;
    for (const [status, answer] of [
      ['400', await ask('/v1/outcomes?limit=0')],
      ['401', await send(app, { path: '/v1/outcomes' })],
      ['404', await ask('/v1/nothing')],
    ] as const) {
      const schema = closed(problem?.[status]?.content['application/json']?.schema);
      expect(String(answer.status)).toBe(status);
      z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).parse(answer.json);
    }
  });
});
