import { spawnSync } from 'node:child_process';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  createUnkeyClient,
  isAbortError,
  isApiError,
  isInvalidRequestError,
  isNetworkError,
  isReplyError,
  isTimeoutError,
  isUnkeyError,
  limitsByName,
  type UnkeyError,
  type UnkeyResult,
} from '../../src/unkey/index.ts';
import { oddServer, unkeyAndClient } from '../support/unkey-sandbox.ts';
import { lateMachine } from '../support/late-machine.ts';

const rootKey = 'unkey_3ZqXfVsecretsecretsecret';
const limit = { name: 'requests', limit: 10, duration: 60_000, autoApply: true };

function errorOf(result: UnkeyResult<unknown>): UnkeyError {
  if (result.ok) throw new Error('The call succeeded, and should not have.');
  return result.error;
}

/** A client of a server that answers everything alike. */
async function against(status: number, headers: Record<string, string>, body: string, timeoutMs = 2000) {
  const { url } = await oddServer((response) => {
    response.writeHead(status, headers);
    response.end(body);
  });
  return createUnkeyClient({ rootKey, baseUrl: url, timeoutMs });
}

describe('requests are checked before they leave', () => {
  const update = { identity: 'user_1' };
  const many = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 1]));
  const limits = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ ...limit, name: `name${index}` }));

  it.each([
    [{ identity: '' }, 'identity must have at least 1 character.'],
    [{}, 'identity must be a text.'],
    ['user_1', 'the request must be an object.'],
    [
      { ...update, environment: 'x' },
      'environment is not a field of this request; remove it or correct its name.',
    ],
    [{ ...update, meta: many(101) }, 'meta must have at most 100 properties.'],
    [
      { ...update, meta: { a: { b: [0, Number.NaN] } } },
      'meta.a.b[1] is not a finite number, and JSON would make it null.',
    ],
    [{ ...update, meta: { n: 1n } }, 'meta.n is a bigint, which JSON cannot carry.'],
    [{ ...update, ratelimits: limits(51) }, 'ratelimits must have at most 50 entries.'],
    [
      { ...update, ratelimits: [{ ...limit, name: 'ab' }] },
      'ratelimits[0].name must have 3 to 128 characters.',
    ],
    [
      { ...update, ratelimits: [{ ...limit, name: 'a'.repeat(129) }] },
      'ratelimits[0].name must have 3 to 128 characters.',
    ],
    [
      { ...update, ratelimits: [limit, { ...limit, name: 'abc', limit: 0 }] },
      'ratelimits[1].limit must be a whole number of at least 1, and at most 2^53 - 1.',
    ],
    [
      { ...update, ratelimits: [{ ...limit, limit: 1.5 }] },
      'ratelimits[0].limit must be a whole number of at least 1, and at most 2^53 - 1.',
    ],
    [
      { ...update, ratelimits: [{ ...limit, duration: 999 }] },
      'ratelimits[0].duration must be a whole number of milliseconds of at least 1000, and at most 2^53 - 1.',
    ],
    [
      { ...update, ratelimits: [{ ...limit, autoApply: 'yes' }] },
      'ratelimits[0].autoApply must be true or false.',
    ],
    [
      { ...update, ratelimits: [limit, limit] },
      'ratelimits[1].name is a second limit named "requests"; names must be unique.',
    ],
  ])('names the field and the remedy (case %#)', async (request, detail) => {
    const { sandbox, client } = await unkeyAndClient();
    const error = errorOf(await client.updateIdentity(request as never));
    expect(isInvalidRequestError(error)).toBe(true);
    expect(error).toMatchObject({ detail, status: null, requestId: null, retryable: false });
    expect(sandbox.requests()).toEqual([]);
  });

  it('takes what lies on the bounds', async () => {
    const { sandbox, client } = await unkeyAndClient();
    sandbox.putIdentity({ externalId: 'u' });
    const ratelimits = [
      ...limits(48),
      { name: 'abc', limit: 1, duration: 1000, autoApply: false },
      {
        name: '🙂'.repeat(128),
        limit: Number.MAX_SAFE_INTEGER,
        duration: Number.MAX_SAFE_INTEGER,
        autoApply: true,
      },
    ];
    const answer = await client.updateIdentity({ identity: 'u', meta: many(100), ratelimits });
    expect(answer.ok).toBe(true);
    expect(sandbox.identity('u')?.ratelimits).toHaveLength(50);
  });

  it('refuses metadata beyond 1 MiB as Unkey counts it, and warns beyond 10 KB', async () => {
    const { sandbox, client } = await unkeyAndClient();
    sandbox.putIdentity({ externalId: 'u' });
    const withText = (text: string) => client.updateIdentity({ identity: 'u', meta: { text } });
    const around = '{"text":""}'.length;
    expect((await withText('x'.repeat(1_048_576 - around))).ok).toBe(true);
    expect(errorOf(await withText('x'.repeat(1_048_577 - around))).detail).toMatch(
      /^meta must be at most 1 MiB/,
    );
    // Unkey writes "<" as six bytes.
    expect(errorOf(await withText('<'.repeat(200_000))).detail).toMatch(/it has 1200011 bytes/);
    expect((await withText('x'.repeat(10_240 - around))).warnings).toEqual([]);
    expect((await withText('x'.repeat(10_241 - around))).warnings).toMatchObject([
      expect.stringContaining('10 KB'),
    ]);
  });

  it('refuses metadata that contains itself instead of failing on it', async () => {
    const { client } = await unkeyAndClient();
    const meta: Record<string, unknown> = {};
    meta['self'] = meta;
    expect(errorOf(await client.updateIdentity({ identity: 'u', meta })).detail).toContain('contain itself');
  });

  it('always sends autoApply, false when it was left out', async () => {
    const { sandbox, client } = await unkeyAndClient();
    sandbox.putIdentity({ externalId: 'u' });
    const { name, duration } = limit;
    await client.updateIdentity({ identity: 'u', ratelimits: [{ name, limit: 1, duration }] });
    expect(sandbox.requests()[0]?.body).toEqual({
      identity: 'u',
      ratelimits: [{ name, limit: 1, duration, autoApply: false }],
    });
  });

  it('sends neither meta nor ratelimits when they are undefined', async () => {
    const { sandbox, client } = await unkeyAndClient();
    sandbox.putIdentity({ externalId: 'u' });
    await client.updateIdentity({ identity: 'u', meta: undefined, ratelimits: undefined });
    expect(sandbox.requests()[0]?.body).toEqual({ identity: 'u' });
  });

  it.each(['has space', 'a@b.c', 'x'.repeat(256), ''])(
    'refuses %j as an external id to create',
    async (externalId) => {
      const { client } = await unkeyAndClient();
      expect(errorOf(await client.createIdentity({ externalId })).detail).toMatch(/^externalId /);
    },
  );

  it.each(['', 'with space', 'line\nbreak', 'ü'])(
    'throws for the root key %j without repeating it',
    (key) => {
      expect(() => createUnkeyClient({ rootKey: key })).toThrow(/^The root key is empty or has characters/);
    },
  );

  it.each([
    'api.unkey.com',
    'ftp://x',
    'https://user:pass@x',
    'https://:pass@x',
    'https://x?y=1',
    'https://x#y',
  ])('throws for the base URL %s', (baseUrl) => {
    expect(() => createUnkeyClient({ rootKey, baseUrl })).toThrow(/^The base URL of Unkey must be/);
  });
});

describe('answers', () => {
  it('come with request id, latency and status', async () => {
    const { sandbox, client } = await unkeyAndClient({ latencyMs: 20 });
    sandbox.putIdentity({ externalId: 'u', ratelimits: [limit] });
    const answer = await client.getIdentity({ identity: 'u' });
    if (!answer.ok) throw answer.error;
    expect(answer.meta.requestId).toBe(sandbox.requests()[0]?.requestId);
    expect(answer.status).toBe(200);
    expect(Number.isInteger(answer.latencyMs)).toBe(true);
    expect(answer.latencyMs).toBeGreaterThanOrEqual(19);
    expect(limitsByName(answer.data.ratelimits)).toEqual({
      requests: { limit: 10, duration: 60_000, autoApply: true },
    });
  });

  it('tolerate unknown fields, null for empty, and a missing request id', async () => {
    const data = { id: 'id_1', externalId: 'u', meta: null, ratelimits: null, later: { x: 1 } };
    const client = await against(
      200,
      { 'content-type': 'text/plain' },
      JSON.stringify({ meta: null, data, more: 1 }),
    );
    const answer = await client.updateIdentity({ identity: 'u', meta: {} });
    if (!answer.ok) throw answer.error;
    expect(answer.data).toEqual({ id: 'id_1', externalId: 'u', meta: {}, ratelimits: [] });
    expect(answer.meta.requestId).toBe('');
    expect(answer.body).toEqual({ meta: null, data, more: 1 });
  });

  it('list every page, one result each, in the order of ids', async () => {
    const { sandbox, client } = await unkeyAndClient();
    for (let index = 0; index < 25; index += 1) sandbox.putIdentity({ externalId: `user_${index}` });
    const sizes: number[] = [];
    const ids: string[] = [];
    for await (const page of client.listIdentities({ limit: 10 })) {
      if (!page.ok) throw page.error;
      sizes.push(page.data.length);
      ids.push(...page.data.map(({ id }) => id));
    }
    expect(sizes).toEqual([10, 10, 5]);
    expect(ids).toEqual(sandbox.identities().map(({ id }) => id));
  });

  it('list only what the search matches, and stop at the first failure', async () => {
    const { sandbox, client } = await unkeyAndClient();
    for (let index = 0; index < 12; index += 1) sandbox.putIdentity({ externalId: `user_${index}` });
    const found: string[] = [];
    for await (const page of client.listIdentities({ search: 'USER_1' })) {
      if (page.ok) found.push(...page.data.map(({ externalId }) => externalId));
    }
    expect(found.sort()).toEqual(['user_1', 'user_10', 'user_11']);
    const results: boolean[] = [];
    for await (const page of client.listIdentities({ limit: 5 })) {
      results.push(page.ok);
      sandbox.faults.add({ match: 'identities.listIdentities', times: 1, status: 500 });
    }
    expect(results).toEqual([true, false]);
  });

  it('end a listing whose cursor does not move', async () => {
    const page = { meta: { requestId: 'req_1' }, data: [], pagination: { hasMore: true, cursor: 'same' } };
    const client = await against(200, {}, JSON.stringify(page));
    let pages = 0;
    for await (const result of client.listIdentities()) pages += Number(result.ok);
    expect(pages).toBe(2);
  });
});

describe('everything that goes wrong is a classified result', () => {
  it.each([
    ['HTML', 200, { 'content-type': 'text/html' }, '<html>ok</html>', /is not JSON but text\/html/],
    ['plain text', 200, { 'content-type': 'text/plain' }, 'ok', /is not JSON but text\/plain/],
    [
      'broken JSON',
      200,
      { 'content-type': 'application/json' },
      '{"data":',
      /is not JSON but application\/json/,
    ],
    ['nothing', 200, {}, '', /is empty/],
    ['nothing with 204', 204, {}, '', /is empty/],
    ['another shape', 200, {}, '{"meta":{"requestId":"req_1"},"data":{"id":5}}', /first at data\.id/],
    ['JSON that is no object', 200, {}, '[]', /first at data|first at the top/],
  ] as const)('a success with %s is a reply error', async (_, status, headers, body, detail) => {
    const client = await against(status, headers, body);
    const error = errorOf(await client.updateIdentity({ identity: 'u' }));
    expect(isReplyError(error)).toBe(true);
    expect(error).toMatchObject({ status, retryable: true });
    expect(error.detail).toMatch(detail);
  });

  it.each([
    ['HTML', 502, { 'content-type': 'text/html' }, '<h1>Bad gateway</h1>'],
    ['plain text', 404, { 'content-type': 'text/plain' }, '404 page not found'],
    ['broken JSON', 500, { 'content-type': 'application/json' }, '{"error":{"title"'],
    ['nothing', 503, {}, ''],
    ['JSON of another kind', 500, {}, '{"message":"oops"}'],
  ] as const)('an error with %s is an API error with its status', async (_, status, headers, body) => {
    const client = await against(status, headers, body);
    const error = errorOf(await client.updateIdentity({ identity: 'u' }));
    expect(isApiError(error)).toBe(true);
    expect(error).toMatchObject({ status, docs: null, title: `HTTP ${status}`, retryable: status >= 500 });
    expect(error.message).not.toMatch(/Bad gateway|page not found|oops/);
  });

  it('reads what it can of an error whose other parts are odd', async () => {
    const body = {
      meta: { requestId: 'req_9' },
      error: { title: 5, detail: 'Too bad.', status: 'x', errors: 'none' },
    };
    const client = await against(400, {}, JSON.stringify(body));
    const error = errorOf(await client.updateIdentity({ identity: 'u' }));
    expect(error).toMatchObject({
      title: 'HTTP 400',
      detail: 'Too bad.',
      requestId: 'req_9',
      errors: [],
      docs: null,
    });
  });

  it('a redirect is not followed, so that the root key goes nowhere else', async () => {
    let reached = 0;
    const elsewhere = await oddServer((response) => {
      reached += 1;
      response.end('{}');
    });
    const client = await against(307, { location: elsewhere.url }, '');
    const error = errorOf(await client.updateIdentity({ identity: 'u' }));
    expect(error).toMatchObject({
      name: 'UnkeyReplyError',
      status: 307,
      title: 'Redirected',
      retryable: false,
    });
    expect(reached).toBe(0);
  });

  it('a refused connection is a network error with the code of the system', async () => {
    const server = await oddServer(() => undefined);
    await server.close();
    const client = createUnkeyClient({ rootKey, baseUrl: server.url });
    const error = errorOf(await client.updateIdentity({ identity: 'u' }));
    expect(isNetworkError(error)).toBe(true);
    expect(error).toMatchObject({ retryable: true, status: null });
    expect(error.detail).toContain('ECONNREFUSED');
  });

  it.each(['before', 'after'] as const)('a connection cut %s the write is a network error', async (cut) => {
    const { sandbox, client } = await unkeyAndClient();
    sandbox.putIdentity({ externalId: 'u' });
    sandbox.faults.add({ match: '*', times: 1, cut });
    const error = errorOf(await client.updateIdentity({ identity: 'u', meta: { a: 1 } }));
    expect(isNetworkError(error)).toBe(true);
    expect(sandbox.identity('u')?.meta).toEqual(cut === 'after' ? { a: 1 } : {});
  });

  it('a body cut in the middle is a network error', async () => {
    const { url } = await oddServer((response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"meta":', () => response.destroy());
    });
    const error = errorOf(
      await createUnkeyClient({ rootKey, baseUrl: url }).updateIdentity({ identity: 'u' }),
    );
    expect(isNetworkError(error)).toBe(true);
  });

  it.each([
    ['before the headers', false],
    ['in the middle of the body', true],
  ])('a server that hangs %s is a timeout', lateMachine, async (_, begins) => {
    const { url } = await oddServer((response) => {
      if (begins) {
        response.writeHead(200, {});
        response.write('{"meta":');
      }
    });
    const result = await createUnkeyClient({ rootKey, baseUrl: url, timeoutMs: 80 }).updateIdentity({
      identity: 'u',
    });
    expect(isTimeoutError(errorOf(result))).toBe(true);
    expect(errorOf(result)).toMatchObject({ retryable: true, status: null });
  });

  it('a fetch that does not heed its signal cannot hang a call', async () => {
    const client = createUnkeyClient({ rootKey, timeoutMs: 50, fetch: () => new Promise(() => undefined) });
    expect(isTimeoutError(errorOf(await client.getIdentity({ identity: 'u' })))).toBe(true);
  });

  it('a timeout of the call goes before that of the client', async () => {
    const { url } = await oddServer(() => undefined);
    const client = createUnkeyClient({ rootKey, baseUrl: url, timeoutMs: 60_000 });
    const error = errorOf(await client.getIdentity({ identity: 'u' }, { timeoutMs: 30 }));
    expect(error.detail).toContain('within 30 ms');
  });

  it('a timeout longer than a timer of Node can run does not end the call at once', async () => {
    const { url } = await oddServer((response) => {
      response.writeHead(404, {});
      response.end('{}');
    });
    const client = createUnkeyClient({ rootKey, baseUrl: url, timeoutMs: 2 ** 40 });
    expect(isApiError(errorOf(await client.getIdentity({ identity: 'u' })))).toBe(true);
  });

  it.each(['before', 'during'])('a signal aborted %s the call is an abort error', async (when) => {
    const controller = new AbortController();
    const { url } = await oddServer(() => controller.abort());
    if (when === 'before') controller.abort();
    const client = createUnkeyClient({ rootKey, baseUrl: url });
    const error = errorOf(await client.getIdentity({ identity: 'u' }, { signal: controller.signal }));
    expect(isAbortError(error)).toBe(true);
    expect(error.retryable).toBe(false);
  });

  it('makes one attempt, whatever comes', async () => {
    const { sandbox, client } = await unkeyAndClient();
    sandbox.faults.add({ match: '*', status: 503 });
    await client.getIdentity({ identity: 'u' });
    expect(sandbox.requests()).toHaveLength(1);
  });

  it('errors can be thrown, told apart by name, and are none of them when they are not', () => {
    expect(isUnkeyError(new Error('x'))).toBe(false);
    expect(isUnkeyError(null)).toBe(false);
    expect(isApiError(new TypeError('x'))).toBe(false);
  });
});

describe('the root key', () => {
  it('appears in no error, log or inspection, even when the other side repeats it', async () => {
    const body = JSON.stringify({
      meta: { requestId: 'req_1' },
      error: {
        title: `Bad ${rootKey}`,
        detail: `Header was Bearer ${rootKey}`,
        errors: [{ location: rootKey, message: rootKey }],
      },
    });
    const echoing = await against(401, { 'content-type': 'application/json' }, body);
    const refused = createUnkeyClient({ rootKey, baseUrl: 'http://127.0.0.1:1' });
    const failing = createUnkeyClient({
      rootKey,
      fetch: () =>
        Promise.reject(new TypeError(`Headers.append: "Bearer ${rootKey}" is an invalid header value.`)),
    });
    for (const client of [echoing, refused, failing]) {
      const result = await client.updateIdentity({ identity: 'u' });
      const legacy = await client.identities.update({ externalId: 'u', meta: {} });
      const seen = [
        inspect(client, { depth: 10, showHidden: true }),
        inspect(result, { depth: 10, showHidden: true }),
        JSON.stringify(result),
        errorOf(result).stack,
        inspect(legacy),
      ].join('\n');
      expect(seen).not.toContain(rootKey);
    }
  });

  it('is sent as it is, and nothing but it', async () => {
    let seen: string | undefined;
    const { url } = await oddServer((response, request) => {
      seen = request.headers.authorization;
      response.end('{}');
    });
    await createUnkeyClient({ rootKey, baseUrl: `${url}/` }).getIdentity({ identity: 'u' });
    expect(seen).toBe(`Bearer ${rootKey}`);
  });
});

describe('planwire/unkey by itself', () => {
  it('loads no Redis, queue, HTTP or Stripe library, and no more of Planwire than itself', () => {
    // The hook prints the URL of every module that is loaded, the script those that were required.
    const hook = `import { writeSync } from 'node:fs';
      export function load(url, context, next) { writeSync(1, url + '\\n'); return next(url, context); }`;
    const register = `import { register } from 'node:module';
      register('data:text/javascript;base64,${btoa(hook)}');`;
    const script = `import { createRequire } from 'node:module';
      import { createUnkeyClient } from './src/unkey/index.ts';
      const client = createUnkeyClient({ rootKey: 'k', baseUrl: 'http://127.0.0.1:1' });
      await client.getIdentity({ identity: 'u' });
      console.log(Object.keys(createRequire(import.meta.url).cache).join('\\n'));`;
    const imports = ['tsx', `data:text/javascript;base64,${btoa(register)}`];
    const run = spawnSync(
      process.execPath,
      [...imports.flatMap((each) => ['--import', each]), '--input-type=module', '--eval', script],
      { encoding: 'utf8', cwd: new URL('../..', import.meta.url) },
    );
    expect(run.stderr).toBe('');
    const loaded = run.stdout.split('\n');
    expect(loaded.some((url) => url.includes('/src/unkey/client.ts'))).toBe(true);
    expect(loaded.some((url) => url.includes('/node_modules/zod/'))).toBe(true);
    const foreign = loaded.filter((url) =>
      /node_modules\/(?!zod\/|tsx\/|esbuild|get-tsconfig|resolve-pkg-maps)/.test(url),
    );
    expect(foreign).toEqual([]);
    const own = loaded.filter((url) => /\/src\//.test(url) && !url.includes('node_modules'));
    expect(own.filter((url) => !/\/src\/(unkey\/|domain\/|text-within\.ts)/.test(url))).toEqual([]);
  });
});

describe('what is read of an answer is bounded', () => {
  it.each([200, 500])('a body without end is cut off, whatever its status: %s', async (status) => {
    const { url } = await oddServer((response) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      const more = (): void => {
        while (!response.destroyed && response.write(' '.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    });
    const error = errorOf(
      await createUnkeyClient({ rootKey, baseUrl: url }).getIdentity({ identity: 'user_1' }),
    );
    expect(error.status).toBe(status);
    expect(error.name).toBe(status === 200 ? 'UnkeyReplyError' : 'UnkeyApiError');
  });

  it('a small body that unpacks to a large one is as large as it unpacks to', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1_048_576, 0x20));
    const { url } = await oddServer((response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      response.end(bomb);
    });
    const error = errorOf(
      await createUnkeyClient({ rootKey, baseUrl: url }).getIdentity({ identity: 'user_1' }),
    );
    expect(error.name).toBe('UnkeyReplyError');
  });
});
