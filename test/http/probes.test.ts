import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { Checks } from '../../src/http/ports.ts';
import { send, startApp, type Overrides, type TestApp } from './support/app.ts';

let app: TestApp;

afterEach(async () => {
  await app.close();
});

async function start(overrides?: Overrides): Promise<TestApp> {
  app = await startApp(overrides);
  return app;
}

test('healthz is 200 while the process lives, also while it drains and the store is away', async () => {
  await start({ isDraining: () => true, checks: { store: () => ({ ok: false }) } });
  expect((await send(app, { path: '/healthz' })).status).toBe(200);
});

describe('readyz', () => {
  test('is 200 and names the five parts when all is well', async () => {
    await start();
    const answer = await send(app, { path: '/readyz' });
    expect(answer.status).toBe(200);
    const ok = { ok: true };
    expect(answer.json).toEqual({ store: ok, stripe: ok, unkey: ok, planFile: ok, queue: ok });
  });

  test.each(['stripe', 'unkey', 'planFile', 'queue'] as const)(
    'stays 200 with the detail when %s is at fault: a delivery can still be kept',
    async (part) => {
      const fault = { ok: false, detail: 'Repair it.' };
      await start({ checks: { [part]: () => fault } });
      const answer = await send(app, { path: '/readyz' });
      expect(answer.status).toBe(200);
      expect((answer.json as Record<string, unknown>)[part]).toEqual(fault);
    },
  );

  test.each<[string, Checks['store']]>([
    ['is away', () => ({ ok: false, detail: 'The store does not answer.' })],
    ['cannot be asked', () => Promise.reject(new Error('redis://:hunter2@store'))],
    [
      'throws',
      () => {
        throw new Error('closed');
      },
    ],
    ['never answers', () => new Promise(() => {})],
  ])('is 503 when the store %s, without the text of any error', async (_name, store) => {
    await start({ checks: { store } });
    const answer = await send(app, { path: '/readyz' });
    expect(answer.status).toBe(503);
    expect(answer.text).not.toContain('hunter2');
    expect((answer.json as { store: { ok: boolean } }).store.ok).toBe(false);
  });

  test('asked by many at once, costs the store one look, and so does /metrics', async () => {
    let looks = 0;
    await start({ checks: { store: () => ((looks += 1), { ok: true }) } });
    let scrapes = 0;
    app.telemetry.gaugesFrom({
      upstreams: () => ((scrapes += 1), Promise.resolve({ stripe: true, unkey: true })),
    });
    const paths = [...Array(60).keys()].map((n) => (n % 2 === 0 ? '/readyz' : '/metrics'));
    const startedAt = performance.now();
    const answers = await Promise.all(paths.map((path) => send(app, { path })));
    expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 200));
    const seconds = (performance.now() - startedAt) / 1_000;
    expect(Math.max(looks, scrapes)).toBeLessThanOrEqual(1 + Math.ceil(seconds));
  });

  test('is 503 while the process drains', async () => {
    await start({ isDraining: () => true });
    const answer = await send(app, { path: '/readyz' });
    expect(answer.status).toBe(503);
    expect(answer.text).toContain('shutting down');
  });

  test('asked by probes, leaves no line at the usual level of the log', async () => {
    await start();
    await send(app, { path: '/readyz' });
    expect(app.lines.map((line) => (JSON.parse(line) as { level: number }).level)).toEqual(['debug']);
  });
});

describe('every answer', () => {
  test.each(['/', '/nowhere', '/favicon.ico', '/%E0%A4%A', '/webhooks', '/webhooks/stripe/x'])(
    'to %s is JSON 404 with a request id, and forbids a browser everything',
    async (path) => {
      await start();
      const answer = await send(app, { path, headers: { accept: 'text/html', 'x-request-id': 'theirs' } });
      expect(answer.status).toBe(404);
      expect(answer.json).toEqual({ error: { code: 'not_found', message: expect.any(String) } });
      expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
      expect(answer.headers['x-powered-by']).toBeUndefined();
      expect(answer.headers['x-content-type-options']).toBe('nosniff');
      expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
    },
  );

  test('comes to a bounded number of connections, none of which can take its time over headers or body', async () => {
    await start();
    const { maxConnections, headersTimeout, requestTimeout } = app.server;
    expect({ maxConnections, headersTimeout, requestTimeout }).toEqual({
      maxConnections: 2_000,
      headersTimeout: 8_000,
      requestTimeout: 15_000,
    });
  });

  /** Sends bytes as they are and reads until the server ends the connection. */
  async function raw(bytes: string): Promise<string> {
    const socket = connect(app.port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.end(bytes);
    await once(socket, 'close');
    return Buffer.concat(chunks).toString();
  }

  test.each([
    ['what is no HTTP', 'hello\r\n\r\n', 400],
    ['a header with a line in it', 'GET / HTTP/1.1\r\nhost: x\r\na: b\0c\r\n\r\n', 400],
    ['headers of 64 KiB', `GET / HTTP/1.1\r\nhost: x\r\na: ${'x'.repeat(65_536)}\r\n\r\n`, 431],
    ['two lengths', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n', 400],
    ['an expectation', 'GET / HTTP/1.1\r\nhost: x\r\nexpect: tea\r\nconnection: close\r\n\r\n', 417],
  ])('to %s is JSON with a request id as well', async (_what, bytes, status) => {
    await start();
    const answer = await raw(bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toMatch(/\r\nx-request-id: [0-9a-f-]{36}\r\n/);
    const body = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as { error: object };
    expect(body.error).toEqual({ code: expect.any(String), message: expect.any(String) });
  });
});
