import { once } from 'node:events';
import { request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { createApp, type AppDeps } from '../../../src/http/app.ts';
import type { Checks } from '../../../src/http/ports.ts';
import { createHttpServer } from '../../../src/http/server.ts';
import { createLogger } from '../../../src/observe/log.ts';
import { createTelemetry, type Telemetry } from '../../../src/observe/telemetry.ts';
import type { EventJob } from '../../../src/domain/work.ts';
import { createReceiver } from '../../../src/stripe/receive.ts';

export const secret = 'whsec_test_4f2a';

export interface TestApp {
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  readonly telemetry: Telemetry;
  readonly jobs: EventJob[];
  /** Every log line so far, as written. */
  readonly lines: string[];
  close(): Promise<void>;
}

const fine: Checks = {
  store: () => ({ ok: true }),
  stripe: () => ({ ok: true }),
  unkey: () => ({ ok: true }),
  planFile: () => ({ ok: true }),
  queue: () => ({ ok: true }),
};

export interface Overrides {
  readonly webhook?: Partial<AppDeps['webhook']>;
  readonly checks?: Partial<Checks>;
  readonly isDraining?: () => boolean;
  readonly admin?: AppDeps['admin'];
}

type Handler = (req: IncomingMessage, res: ServerResponse) => void;

/** The real app on a port of its own, with the real verifier and classifier; the queue is an array. */
export async function startApp(
  overrides: Overrides = {},
  at = 0,
  make: (deps: AppDeps) => Handler = createApp,
): Promise<TestApp> {
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const jobs: EventJob[] = [];
  const telemetry = createTelemetry();
  const app = make({
    log: createLogger({ level: 'debug', format: 'json' }, sink),
    telemetry,
    webhook: {
      ...createReceiver({ webhookSecrets: [secret], secretKey: 'rk_test_app', accounts: [] }, Date.now),
      enqueue: (job) => {
        const known = jobs.some(({ eventId }) => eventId === job.eventId);
        if (!known) jobs.push(job);
        return Promise.resolve(known ? 'duplicate' : 'queued');
      },
      now: Date.now,
      ...overrides.webhook,
    },
    checks: { ...fine, ...overrides.checks },
    isDraining: overrides.isDraining ?? (() => false),
    ...(overrides.admin && { admin: overrides.admin }),
  });
  const server = createHttpServer(app);
  // As the product listens: with Node's 511 a thousand who come at once may be cut off.
  server.listen({ port: at, host: '127.0.0.1', backlog: 4_096 });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    server,
    telemetry,
    jobs,
    lines,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly json: unknown;
}

export interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: Buffer | string | readonly Buffer[];
}

/** Bare node:http, because fetch adds headers of its own; a list of buffers goes out as chunks. */
export function send(app: { readonly port: number }, sent: Sent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', path = '/', headers = {}, body } = sent;
    const req = request({ host: '127.0.0.1', port: app.port, method, path, headers, agent: false }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = (res.headers['content-type'] ?? '').startsWith('application/json');
        const json: unknown = isJson && text !== '' ? JSON.parse(text) : undefined;
        resolve({ status: res.statusCode ?? 0, headers: res.headers, text, json });
      });
      res.on('error', reject);
    });
    req.on('error', reject);
    if (Array.isArray(body)) {
      for (const chunk of body) req.write(chunk);
      req.end();
    } else req.end(body);
  });
}
