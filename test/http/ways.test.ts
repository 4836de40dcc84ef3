import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createExpressApp, type AppDeps } from '../../src/http/app.ts';
import { fetchWebhook } from '../../src/http/fetch-webhook.ts';
import { send, startApp, type Answer, type Sent, type TestApp } from './support/app.ts';
import { deliver, eventBody, signatureOf } from './support/deliver.ts';
import { webhook } from '../../src/http/webhook.ts';

/** The webhook is one function that is reached in three ways: its own address, a route of Express, a Request. */
const ways = {
  'its own address': undefined,
  'a route of the Express app': (deps: AppDeps) => createExpressApp(deps, webhook(webhookOf(deps))),
  'a Request': (deps: AppDeps) => overFetch(fetchWebhook(webhookOf(deps))),
};

function webhookOf({ webhook, log, telemetry, isDraining }: AppDeps) {
  if (webhook === undefined) throw new Error('these tests are about the webhook');
  return { ...webhook, log, count: telemetry.webhook, isDraining };
}

/** As the servers of Next.js and Hono do: a Request from what arrived, and its Response back. */
function overFetch(handler: (request: Request) => Promise<Response>) {
  return (req: IncomingMessage, res: ServerResponse): void => {
    const headers = new Headers(
      Object.entries(req.headers).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, String(value)] as [string, string]],
      ),
    );
    const bare = req.method === 'GET' || req.method === 'HEAD';
    const body = bare ? null : new ReadableStream({ start: (controller) => pump(req, controller) });
    const init = { method: req.method ?? 'GET', headers, body, ...(bare ? {} : { duplex: 'half' as const }) };
    handler(new Request('http://127.0.0.1/webhooks/stripe', init))
      .then(async (answer) => {
        res.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
      })
      .catch(() => res.writeHead(500).end());
  };
}

function pump(req: IncomingMessage, controller: ReadableStreamDefaultController): void {
  req.on('data', (chunk: Buffer) => {
    try {
      controller.enqueue(new Uint8Array(chunk));
    } catch {
      req.destroy();
    }
  });
  req.on('end', () => controller.close());
}

let broken = false;
const apps = new Map<string, TestApp>();
beforeAll(async () => {
  for (const [way, make] of Object.entries(ways)) {
    const enqueued = new Set<string>();
    const enqueue = (job: { readonly eventId: string }): Promise<'queued' | 'duplicate'> => {
      if (broken) return Promise.reject(new Error('the store is away'));
      const known = enqueued.has(job.eventId);
      enqueued.add(job.eventId);
      return Promise.resolve(known ? 'duplicate' : 'queued');
    };
    apps.set(way, await startApp({ webhook: { enqueue } }, 0, make));
  }
});
afterAll(() => Promise.all([...apps.values()].map((app) => app.close())));

/** What differs by nature: when it was, which request, and what only a server says of its connection. */
function comparable({ status, headers, json }: Answer) {
  const { date: _date, 'x-request-id': id, connection: _connection, 'keep-alive': _alive, ...rest } = headers;
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  return { status, headers: rest, json };
}

const signed = eventBody('evt_same');
const old = Math.floor(Date.now() / 1000) - 3_600;
const large = eventBody('evt_large', { padding: 'x'.repeat(1_100_000) });
const cases: readonly (readonly [string, string, Sent, number])[] = [
  ['an event that is new', signed, {}, 200],
  ['an event that is known', signed, {}, 200],
  ['an event of no concern', eventBody('evt_other', { type: 'payout.paid' }), {}, 200],
  ['no signature', signed, { headers: { 'stripe-signature': '' } }, 400],
  ['a signature of another body', signed, { headers: { 'stripe-signature': signatureOf('{}') } }, 400],
  [
    'an old signature',
    signed,
    { headers: { 'stripe-signature': signatureOf(signed, { timestamp: old }) } },
    400,
  ],
  ['a signed text that is no event', '[]', { headers: { 'stripe-signature': signatureOf('[]') } }, 400],
  ['a body that is too large', large, {}, 413],
  ['a coded body', signed, { headers: { 'content-encoding': 'gzip' } }, 415],
];

describe.each(cases)('%s', (_, body, sent, status) => {
  test('is answered alike in every way, header by header', async () => {
    const answers: unknown[] = [];
    for (const app of apps.values()) answers.push(comparable(await deliver(app, body, sent)));
    expect(answers[0]).toMatchObject({ status });
    expect(answers).toEqual(answers.map(() => answers[0]));
  });
});

test('another method, and a store that is away, are answered alike in every way', async () => {
  const sent = { method: 'GET', path: '/webhooks/stripe' };
  const refused = await Promise.all([...apps.values()].map((app) => send(app, sent)));
  expect(refused.map(comparable)).toEqual(refused.map(() => comparable(refused[0] as Answer)));
  expect(refused[0]).toMatchObject({ status: 405, headers: { allow: 'POST' } });
  broken = true;
  const away = await Promise.all([...apps.values()].map((app) => deliver(app, eventBody('evt_away'))));
  broken = false;
  expect(away.map(comparable)).toEqual(away.map(() => comparable(away[0] as Answer)));
  expect(away[0]).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
});

test('a body that another parser has read is said to be that, and one that was kept whole is taken', async () => {
  const jobs: string[] = [];
  let parse: (req: IncomingMessage, whole: Buffer) => void = () => undefined;
  const app = await startApp({}, 0, (deps) => {
    const enqueue = ({ eventId }: { eventId: string }) => (
      jobs.push(eventId),
      Promise.resolve('queued' as const)
    );
    const handler = webhook({ ...webhookOf(deps), enqueue });
    return (req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.on('end', () => {
        parse(req, Buffer.concat(chunks));
        handler(req, res);
      });
    };
  });
  try {
    const parsed = await deliver(app, eventBody('evt_parsed'));
    expect(parsed).toMatchObject({ status: 500, json: { error: { code: 'body_already_read' } } });
    expect((parsed.json as { error: { message: string } }).error.message).toContain('before express.json()');
    parse = (req, whole) => void Object.assign(req, { body: whole });
    expect(await deliver(app, eventBody('evt_kept'))).toMatchObject({ status: 200 });
    expect(jobs).toEqual(['evt_kept']);
  } finally {
    await app.close();
  }
});

test('a Request whose body drips or is too long for its announcement is given up within its bounds', async () => {
  const handler = await handlerWith({ bodyDeadlineMs: 50 });
  const body = new ReadableStream({ pull: () => new Promise(() => undefined) });
  const headers = { 'stripe-signature': signatureOf('x') };
  const init = { method: 'POST', headers, body, duplex: 'half' as const };
  const slow = await handler(new Request('http://127.0.0.1/', init));
  expect(slow.status).toBe(408);
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(600_000)),
  });
  const long = await handler(new Request('http://127.0.0.1/', { ...init, body: endless }));
  expect(long.status).toBe(413);
});

async function handlerWith(webhook: Partial<NonNullable<AppDeps['webhook']>>) {
  let handler: ((request: Request) => Promise<Response>) | undefined;
  const app = await startApp({ webhook }, 0, (deps) => {
    handler = fetchWebhook(webhookOf(deps));
    return () => undefined;
  });
  await app.close();
  if (handler === undefined) throw new Error('no handler was made');
  return handler;
}
