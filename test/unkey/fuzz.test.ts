import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listen, readBody, type Listening } from '../../src/sandbox/http.ts';
import {
  createUnkeyClient,
  isUnkeyError,
  type UnkeyErrorName,
  type UnkeyResult,
} from '../../src/unkey/index.ts';
import * as fc from '../support/property.ts';
import { lateMachine } from '../support/late-machine.ts';

/** What the server does with the next call. */
interface Play {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  /** Cut the connection after so many bytes of the body, or hang there. */
  readonly end: 'whole' | 'cut' | 'hang';
  readonly at: number;
}

const names: readonly UnkeyErrorName[] = [
  'UnkeyNetworkError',
  'UnkeyTimeoutError',
  'UnkeyApiError',
  'UnkeyReplyError',
];

const piece = fc.constantFrom(
  null,
  '',
  5,
  -1,
  1e300,
  true,
  [],
  {},
  'req_1',
  'https://unkey.com/docs/errors/x/y',
);
const limit = fc.record(
  { id: piece, name: fc.oneof(fc.string(), piece), limit: piece, duration: piece, autoApply: piece },
  { requiredKeys: [] },
);
const identity = fc.record(
  {
    id: fc.oneof(fc.constant('id_1'), piece),
    externalId: fc.oneof(fc.constant('u'), piece),
    meta: fc.oneof(fc.object(), piece),
    ratelimits: fc.oneof(fc.array(limit, { maxLength: 3 }), piece),
  },
  { requiredKeys: [] },
);
const envelope = fc.record(
  {
    meta: fc.oneof(fc.record({ requestId: piece }), piece),
    data: fc.oneof(identity, fc.array(identity, { maxLength: 3 }), fc.record({ identityId: piece }), piece),
    pagination: fc.oneof(fc.record({ hasMore: piece, cursor: piece }, { requiredKeys: [] }), piece),
    error: fc.oneof(
      fc.record(
        {
          title: piece,
          detail: piece,
          status: piece,
          type: piece,
          errors: fc.oneof(fc.array(fc.record({ location: piece, message: piece })), piece),
        },
        { requiredKeys: [] },
      ),
      piece,
    ),
  },
  { requiredKeys: [] },
);
const body = fc.oneof(
  envelope.map((value) => JSON.stringify(value)),
  envelope.chain((value) => {
    const text = JSON.stringify(value);
    return fc.nat(text.length).map((length) => text.slice(0, length));
  }),
  fc.json(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', 'null', '[]', '{}', '<html></html>', '404 page not found\n', '\u0000', '\ufeff{}', '"'),
);
const header = fc.constantFrom(
  '',
  '0',
  '-1',
  '5',
  '99999999999',
  'soon',
  '1.5',
  'Sun, 01 Mar 2026 12:00:30 GMT',
  '0x1',
);
const headers = fc.record(
  {
    'content-type': fc.constantFrom(
      'application/json',
      'application/problem+json',
      'text/html',
      '',
      'nonsense;;;',
    ),
    'retry-after': header,
    'ratelimit-limit': header,
    'ratelimit-remaining': header,
    'ratelimit-reset': header,
    location: fc.constantFrom('', '/', 'http://[', 'https://example.invalid/'),
    'content-encoding': fc.constantFrom('identity', 'gzip', 'br', 'unheard-of'),
  },
  { requiredKeys: [] },
);
const status = fc.oneof(
  fc.constantFrom(200, 201, 204, 301, 304, 307, 400, 401, 403, 404, 408, 409, 413, 429, 499, 500, 502, 503),
  fc.integer({ min: 200, max: 999 }),
);
const play: fc.Arbitrary<Play> = fc.record({
  status,
  headers,
  body,
  end: fc.oneof(
    { weight: 20, arbitrary: fc.constant<Play['end']>('whole') },
    fc.constantFrom<Play['end'][]>('cut', 'hang'),
  ),
  at: fc.nat(40),
});

const timeoutMs = 60;
let next: Play;
let server: Listening;

beforeAll(async () => {
  server = await listen(async (request, response) => {
    await readBody(request, 1_000_000);
    response.writeHead(next.status, next.headers);
    if (next.end === 'whole') return void response.end(next.body);
    response.write(`${next.body.slice(0, next.at)} `, () => {
      if (next.end === 'cut') response.destroy();
    });
  });
});
afterAll(() => server.close());

function check(result: UnkeyResult<unknown>, status: number): void {
  expect(Number.isInteger(result.latencyMs)).toBe(true);
  if (result.ok) {
    expect(status >= 200 && status < 300).toBe(true);
    expect(typeof result.meta.requestId).toBe('string');
    return;
  }
  const { error } = result;
  expect(isUnkeyError(error)).toBe(true);
  expect(names).toContain(error.name);
  expect(error.title).not.toBe('');
  expect(error.detail).not.toBe('');
  expect(typeof error.retryable).toBe('boolean');
  if (error.retryAfterMs !== null) {
    expect(error.retryAfterMs).toBeGreaterThanOrEqual(0);
    expect(error.retryAfterMs).toBeLessThanOrEqual(900_000);
  }
}

describe('whatever answers', () => {
  it('never throws, never hangs beyond the timeout, and is always classified', lateMachine, async () => {
    const client = createUnkeyClient({ rootKey: 'unkey_fuzzed_root_key', baseUrl: server.url, timeoutMs });
    await fc.assert(
      fc.asyncProperty(
        play,
        fc.constantFrom('update', 'get', 'create', 'list', 'legacy'),
        async (played, call) => {
          next = played;
          if (call === 'update')
            check(await client.updateIdentity({ identity: 'u', meta: {} }), played.status);
          if (call === 'get') check(await client.getIdentity({ identity: 'u' }), played.status);
          if (call === 'create') check(await client.createIdentity({ externalId: 'u' }), played.status);
          if (call === 'list') {
            let pages = 0;
            for await (const page of client.listIdentities()) {
              check(page, played.status);
              pages += 1;
            }
            expect(pages).toBeGreaterThan(0);
            expect(pages).toBeLessThanOrEqual(2);
          }
          if (call === 'legacy') {
            const { result, error } = await client.identities.update({ externalId: 'u', meta: {} });
            expect(result === undefined).not.toBe(error === undefined);
          }
        },
      ),
      { numRuns: 1500 },
    );
  });
});
