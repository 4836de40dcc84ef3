import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { send, startApp, type Overrides, type TestApp } from './support/app.ts';
import { deliver, eventBody, signatureOf } from './support/deliver.ts';

const mebibyte = 1024 * 1024;
let app: TestApp;

afterEach(async () => {
  await app.close();
});

async function start(overrides?: Overrides): Promise<TestApp> {
  app = await startApp(overrides);
  return app;
}

async function counted(result: string): Promise<number> {
  const { text } = await app.telemetry.metrics();
  const found = new RegExp(`^planwire_webhooks_total\\{result="${result}"\\} (\\d+)$`, 'm').exec(text);
  return Number(found?.[1] ?? 0);
}

function codeOf(json: unknown): string {
  return (json as { error: { code: string } }).error.code;
}

/** A signed event of exactly this many bytes. */
function eventOfSize(id: string, bytes: number): string {
  const bare = Buffer.byteLength(eventBody(id, { padding: '' }));
  return eventBody(id, { padding: 'x'.repeat(bytes - bare) });
}

test('a signed event is answered 200 queued once the queue has it, with ids alone in the job', async () => {
  await start();
  const answer = await deliver(app, eventBody('evt_1'));
  expect(answer.status).toBe(200);
  expect(answer.json).toEqual({ received: true, event: 'evt_1', result: 'queued' });
  expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  expect(app.jobs).toEqual([
    {
      eventId: 'evt_1',
      type: 'customer.subscription.updated',
      receivedAt: expect.closeTo(Date.now(), -4),
      concern: { kind: 'customer', customerId: 'cus_1' },
    },
  ]);
  expect(await counted('queued')).toBe(1);
});

test('the answer leaves only after the store has the event', async () => {
  let stored = false;
  await start({
    webhook: {
      enqueue: async () => {
        await new Promise((resolve) => setTimeout(resolve, 150));
        stored = true;
        return 'queued';
      },
    },
  });
  const answer = await deliver(app, eventBody('evt_1'));
  expect(answer.status).toBe(200);
  expect(stored).toBe(true);
});

test('a second delivery of an event is answered 200 duplicate, and the caller of onDuplicate hears of it', async () => {
  const asked: string[] = [];
  await start({
    webhook: {
      onDuplicate: (job) => {
        asked.push(job.eventId);
        return Promise.resolve();
      },
    },
  });
  await deliver(app, eventBody('evt_1'));
  const answer = await deliver(app, eventBody('evt_1'));
  expect(answer.json).toEqual({ received: true, event: 'evt_1', result: 'duplicate' });
  expect(asked).toEqual(['evt_1']);
  expect(app.jobs).toHaveLength(1);
});

test('a duplicate that could not ask for its sync is answered 503, so that Stripe brings it again', async () => {
  await start({
    webhook: {
      enqueue: () => Promise.resolve('duplicate'),
      onDuplicate: () => Promise.reject(new Error('away')),
    },
  });
  expect((await deliver(app, eventBody('evt_1'))).status).toBe(503);
});

test.each([
  ['of the other mode', { livemode: true }, /live mode/],
  ['of a connected account', { account: 'acct_1' }, /connected account/],
  ['of a type that concerns nobody', { type: 'payout.created' }, /./],
])(
  'a signed event %s is answered 200 ignored with the reason, counted and not stored',
  async (_name, more, reason) => {
    await start();
    const answer = await deliver(app, eventBody('evt_1', more));
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      received: true,
      event: 'evt_1',
      result: 'ignored',
      reason: expect.stringMatching(reason),
    });
    expect(app.jobs).toEqual([]);
    expect(await counted('ignored')).toBe(1);
  },
);

test('a thin event is taken on the same route', async () => {
  await start();
  const body = JSON.stringify({
    id: 'evt_thin',
    object: 'v2.core.event',
    type: 'v1.customer.subscription.updated',
    livemode: false,
    created: '2026-11-01T00:00:00.000Z',
    related_object: { id: 'sub_1', type: 'subscription', url: '/v1/subscriptions/sub_1' },
  });
  expect((await deliver(app, body)).json).toEqual({ received: true, event: 'evt_thin', result: 'queued' });
  expect(app.jobs[0]?.concern).toEqual({ kind: 'ask', object: 'subscription', id: 'sub_1' });
});

test.each([
  'application/json',
  'text/plain',
  'application/octet-stream',
  'multipart/form-data; boundary=x',
  '',
])('a body is taken with the content type "%s"', async (type) => {
  await start();
  const answer = await deliver(app, eventBody('evt_1'), { headers: { 'content-type': type } });
  expect(answer.status).toBe(200);
});

test('a body without any content type is taken', async () => {
  await start();
  const body = eventBody('evt_1');
  const answer = await send(app, {
    method: 'POST',
    path: '/webhooks/stripe',
    headers: { 'stripe-signature': signatureOf(body) },
    body,
  });
  expect(answer.status).toBe(200);
});

test('a body in chunks is taken whole, also where a chunk ends inside a character', async () => {
  await start();
  const body = eventBody('evt_1', { note: 'schöne Grüße 🎉' });
  const bytes = Buffer.from(body);
  const cut = bytes.indexOf(Buffer.from('🎉')) + 2;
  const chunks = [bytes.subarray(0, 7), bytes.subarray(7, cut), bytes.subarray(cut)];
  expect((await deliver(app, body, { body: chunks })).status).toBe(200);
});

test.each(['gzip', 'br', 'deflate', 'zip', 'constructor', '__proto__'])(
  'a body with the content encoding "%s" is 415 before a byte of it is read, for Stripe sends none',
  async (encoding) => {
    await start();
    const body = eventBody('evt_1');
    const answer = await deliver(app, body, { headers: { 'content-encoding': encoding } });
    expect(answer.status).toBe(415);
    expect(codeOf(answer.json)).toBe('encoding_unsupported');
    expect(app.jobs).toEqual([]);
  },
);

/** Headers of a delivery, and never the body that they announce. */
async function headersAlone(headers: Readonly<Record<string, string>>): Promise<string> {
  const socket = connect(app.port, '127.0.0.1');
  await once(socket, 'connect');
  const lines = Object.entries({ host: 'x', 'content-length': '1000', ...headers });
  socket.write(
    `POST /webhooks/stripe HTTP/1.1\r\n${lines.map((line) => line.join(': ')).join('\r\n')}\r\n\r\n`,
  );
  let said = '';
  socket.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await once(socket, 'close');
  return said;
}

test.each([
  ['no signature', {}, 'signature_missing'],
  ['a signature of no form', { 'stripe-signature': 'v1=abc' }, 'signature_invalid'],
  ['an old signature', { 'stripe-signature': signatureOf('{}', { timestamp: 1_000 }) }, 'timestamp_too_old'],
  [
    'an encoding',
    { 'stripe-signature': signatureOf('{}'), 'content-encoding': 'br' },
    'encoding_unsupported',
  ],
  [
    'a length beyond all bounds',
    { 'stripe-signature': signatureOf('{}'), 'content-length': '9999999' },
    'payload_too_large',
  ],
])('with %s a sender is answered and sent away before it has sent its body', async (_name, headers, code) => {
  await start();
  const said = await headersAlone(headers);
  expect(said).toContain(`"code":"${code}"`);
  expect(said.toLowerCase()).toContain('connection: close');
});

test('a body that only drips in is 408 after its time, however steadily it drips', async () => {
  await start({ webhook: { bodyDeadlineMs: 200 } });
  const socket = connect(app.port, '127.0.0.1');
  await once(socket, 'connect');
  const header = `stripe-signature: ${signatureOf('{}')}`;
  socket.write(`POST /webhooks/stripe HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n${header}\r\n\r\n`);
  const dripping = setInterval(() => socket.write(' '), 20);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  clearInterval(dripping);
  socket.destroy();
  expect(answer.toString()).toContain('408');
  expect(answer.toString()).toContain('request_timeout');
});

/** A sender of a body that announces more than it sends, and what it heard so far. */
async function holding(sent: number, announced = 50_000): Promise<{ said(): string; end(): void }> {
  const socket = connect(app.port, '127.0.0.1');
  await once(socket, 'connect');
  let said = '';
  socket.on('data', (chunk: Buffer) => (said += chunk.toString()));
  socket.on('error', () => undefined);
  const header = `stripe-signature: ${signatureOf('{}')}`;
  socket.write(
    `POST /webhooks/stripe HTTP/1.1\r\nhost: x\r\ncontent-length: ${announced}\r\n${header}\r\n\r\n`,
  );
  // Many may be waited for at once.
  app.server.setMaxListeners(0);
  const arrived = once(app.server, 'request');
  socket.write(' '.repeat(sent));
  await arrived;
  return { said: () => said, end: () => void socket.destroy() };
}

test('where bodies in flight fill their budget, the one that holds most is 503 and a smaller delivery is taken', async () => {
  await start({ webhook: { bodiesInFlight: 2_000 } });
  const slow = await holding(1_900);
  const body = eventBody('evt_1');
  await expect.poll(async () => ((await deliver(app, body)).status, slow.said())).toContain('overloaded');
  expect(slow.said()).toContain('503');
  expect(slow.said().toLowerCase()).toContain('connection: close');
  expect((await deliver(app, body)).status).toBe(200);
  slow.end();
});

test('however slowly others top the budget up, no honest delivery is refused', async () => {
  await start({ webhook: { bodiesInFlight: 20_000 } });
  const slow = await Promise.all(Array.from({ length: 20 }, () => holding(1_000)));
  for (let n = 0; n < 20; n += 1) expect((await deliver(app, eventBody(`evt_${n}`))).status).toBe(200);
  for (const each of slow) each.end();
});

test('a delivery larger than anything in flight is 503 beyond the budget, and taken once there is room', async () => {
  await start({ webhook: { bodiesInFlight: 2_000 } });
  const held = await holding(1_000);
  const body = eventBody('evt_1', { note: 'x'.repeat(1_200) });
  await expect.poll(async () => (await deliver(app, body)).status).toBe(503);
  const refused = await deliver(app, body);
  expect(codeOf(refused.json)).toBe('overloaded');
  expect(refused.headers['retry-after']).toBe('5');
  held.end();
  await expect.poll(async () => (await deliver(app, body)).status).toBe(200);
});

test('large bodies that come together are all taken, a few at a time', async () => {
  await start();
  const bodies = [...Array(24).keys()].map((n) => eventBody(`evt_${n}`, { note: 'x'.repeat(300 * 1024) }));
  const answers = await Promise.all(bodies.map((body) => deliver(app, body)));
  expect(answers.map(({ status }) => status)).toEqual(bodies.map(() => 200));
});

test('where the line of large bodies is full, another is 503 unread, and a usual delivery is taken', async () => {
  await start({ webhook: { bodiesInFlight: 600_000 } });
  const inLine = await holding(100_000, 500_000);
  const others: Awaited<ReturnType<typeof holding>>[] = [];
  await expect
    .poll(async () => {
      others.push(await holding(0, 500_000));
      return others.map(({ said }) => said()).join('');
    })
    .toContain('"code":"overloaded"');
  expect((await deliver(app, eventBody('evt_1'))).status).toBe(200);
  expect(inLine.said()).toBe('');
  for (const each of [inLine, ...others]) each.end();
});

test('a body of 1 MiB is taken and one byte more is 413, with a length and in chunks', async () => {
  await start();
  const most = eventOfSize('evt_most', mebibyte);
  const more = eventOfSize('evt_more', mebibyte + 1);
  expect(Buffer.byteLength(most)).toBe(mebibyte);
  expect((await deliver(app, most)).status).toBe(200);
  expect((await deliver(app, most, { body: [Buffer.from(most)] })).status).toBe(200);
  for (const body of [more, [Buffer.from(more)]]) {
    const answer = await deliver(app, more, { body });
    expect(answer.status).toBe(413);
    expect(codeOf(answer.json)).toBe('payload_too_large');
    expect(answer.headers['x-request-id']).toBeDefined();
  }
  expect(await counted('payload_too_large')).toBe(2);
});

test('a sender of far too much hears the 413 while it is still sending', async () => {
  await start();
  const answer = await deliver(app, '{}', { body: Array.from({ length: 8 }, () => Buffer.alloc(mebibyte)) });
  expect(answer.status).toBe(413);
});

test.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
  '%s is 405 and names POST',
  async (method) => {
    await start();
    const answer = await send(app, { method, path: '/webhooks/stripe' });
    expect(answer.status).toBe(405);
    expect(answer.headers['allow']).toBe('POST');
    if (method !== 'HEAD') expect(codeOf(answer.json)).toBe('method_not_allowed');
  },
);

test.each(['/webhooks/stripe/', '/webhooks/stripe?from=dashboard'])(
  'the address %s is answered and not redirected',
  async (path) => {
    await start();
    expect((await deliver(app, eventBody('evt_1'), { path })).status).toBe(200);
  },
);

const signed = eventBody('evt_1');
const now = Math.floor(Date.now() / 1000);

test.each<[string, string, Parameters<typeof deliver>[1], Parameters<typeof deliver>[2]]>([
  ['signature_missing', 'an empty signature', signed, { headers: { 'stripe-signature': '' } }],
  ['signature_invalid', 'another body', signed, { body: `${signed} ` }],
  ['signature_invalid', 'no body at all', signed, { body: '' }],
  ['signature_invalid', 'v1 without a value', signed, { headers: { 'stripe-signature': `t=${now},v1=` } }],
  [
    'signature_invalid',
    'v1 without an equals sign',
    signed,
    { headers: { 'stripe-signature': `t=${now},v1` } },
  ],
  ['signature_invalid', 'a header of garbage', signed, { headers: { 'stripe-signature': '\u00ff;;,=,' } }],
  [
    'signature_invalid',
    'another secret',
    signed,
    { headers: { 'stripe-signature': signatureOf(signed, { secret: 'whsec_other' }) } },
  ],
  [
    'timestamp_too_old',
    'a signature of ten minutes ago',
    signed,
    { headers: { 'stripe-signature': signatureOf(signed, { timestamp: now - 600 }) } },
  ],
  ['payload_invalid', 'signed text that is no JSON', 'plan=team', {}],
  ['payload_invalid', 'signed null', 'null', {}],
  ['payload_invalid', 'a signed list', '[]', {}],
  ['payload_invalid', 'a signed object that is no event', '{"object":"charge"}', {}],
])('%s is the 400 for %s, and no line of the log holds the body', async (code, _name, body, sent) => {
  await start();
  const answer = await deliver(app, body, sent);
  expect(answer.status).toBe(400);
  expect(codeOf(answer.json)).toBe(code);
  expect(answer.headers['content-type']).toMatch(/^application\/json/);
  expect(await counted(code)).toBe(1);
  expect(app.jobs).toEqual([]);
  const log = app.lines.join('');
  expect(log).toContain(code);
  expect(log).not.toContain('cus_1');
  expect(log).not.toContain('plan=team');
  expect(log).not.toContain('v1=');
});

test('a request without a Stripe-Signature header is 400 signature_missing', async () => {
  await start();
  const answer = await send(app, { method: 'POST', path: '/webhooks/stripe', body: signed });
  expect(answer.status).toBe(400);
  expect(codeOf(answer.json)).toBe('signature_missing');
});

test.each([
  ['never answers', () => new Promise<'queued'>(() => {})],
  ['refuses', () => Promise.reject(new Error('connect ECONNREFUSED redis://:hunter2@store'))],
  [
    'throws at once',
    () => {
      throw new Error('closed');
    },
  ],
])('a store that %s is 503 with Retry-After', async (_name, enqueue) => {
  await start({ webhook: { enqueue } });
  const answer = await deliver(app, eventBody('evt_1'));
  expect(answer.status).toBe(503);
  expect(codeOf(answer.json)).toBe('store_unavailable');
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  expect(answer.text).not.toContain('ECONNREFUSED');
  expect(app.lines.join('')).not.toContain('hunter2');
  expect(app.lines.join('')).toMatch(
    /"err":\{"name":"(Error|TookTooLong)",.*"msg":"event could not be stored"/,
  );
  expect(await counted('store_unavailable')).toBe(1);
});

test('a store that refuses after the time-out leaves no unhandled rejection behind', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', note);
  let refused: Promise<never> | undefined;
  await start({
    webhook: {
      enqueue: () => {
        refused = new Promise((_resolve, reject) => setTimeout(() => reject(new Error('late')), 1_900));
        return refused;
      },
    },
  });
  expect((await deliver(app, eventBody('evt_1'))).status).toBe(503);
  await expect(refused).rejects.toThrow('late');
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

test('P3: while the process drains a delivery is kept, and the connection is closed, so that the next goes elsewhere', async () => {
  await start({ isDraining: () => true });
  const answer = await deliver(app, eventBody('evt_1'));
  expect(answer.status).toBe(200);
  expect(answer.headers['connection']).toBe('close');
  expect(app.jobs.map(({ eventId }) => eventId)).toEqual(['evt_1']);
});

test('an error in our own code is 500 without its text, so that Stripe brings the event again', async () => {
  await start({
    webhook: {
      receive: () => {
        throw new TypeError('boom in /srv/secret/path');
      },
    },
  });
  const answer = await deliver(app, eventBody('evt_1'));
  expect(answer.status).toBe(500);
  expect(codeOf(answer.json)).toBe('internal');
  expect(answer.text).not.toContain('boom');
  expect(app.lines.join('')).toContain(String(answer.headers['x-request-id']));
});

test('an id that came with the request is not taken over', async () => {
  await start();
  const answer = await deliver(app, eventBody('evt_1'), { headers: { 'x-request-id': 'mine' } });
  expect(answer.headers['x-request-id']).not.toBe('mine');
  expect(app.lines.join('')).not.toContain('mine');
});

test('nothing in a request can add a header to the answer or a line to the log', async () => {
  await start();
  const nasty = 'x\r\nset-cookie: a=1\n{"level":60}';
  const body = eventBody('evt_1', { type: 'payout.created', note: nasty });
  const answer = await deliver(app, body, { path: '/webhooks/stripe?a=%0d%0aset-cookie:%20a=1' });
  expect(answer.status).toBe(200);
  expect(answer.headers['set-cookie']).toBeUndefined();
  const unknown = await send(app, { path: '/nowhere%0d%0aset-cookie:%20a=1/%22%7d%0a' });
  expect(unknown.status).toBe(404);
  expect(unknown.headers['set-cookie']).toBeUndefined();
  for (const line of app.lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
});

test('a sender that goes away in the middle of a body is counted, and the server goes on', async () => {
  await start();
  const socket = connect(app.port, '127.0.0.1');
  await once(socket, 'connect');
  const header = `stripe-signature: ${signatureOf('{}')}`;
  socket.write(
    `POST /webhooks/stripe HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n${header}\r\n\r\n{"id":`,
  );
  await once(app.server, 'request');
  socket.destroy();
  await expect.poll(() => counted('aborted')).toBe(1);
  expect((await deliver(app, eventBody('evt_1'))).status).toBe(200);
});

test('a thousand deliveries over kept connections are each answered with their own id', async () => {
  await start();
  const ids = Array.from({ length: 1_000 }, (_, index) => `evt_${index}`);
  const answers = await Promise.all(
    ids.map(async (id) => {
      const body = eventBody(id);
      const response = await fetch(`${app.url}/webhooks/stripe`, {
        method: 'POST',
        headers: { 'stripe-signature': signatureOf(body) },
        body,
      });
      return (await response.json()) as { event: string };
    }),
  );
  expect(answers.map(({ event }) => event)).toEqual(ids);
  expect(new Set(app.jobs.map(({ eventId }) => eventId)).size).toBe(1_000);
});
