import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { z } from 'zod';

/** What both stand-ins are built on: bare node:http, so that nothing between them and the client hides a trap. */

export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface Listening {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Resolves once the port is free. Open connections are cut: a stand-in owes nobody an answer. */
  close(): Promise<void>;
}

/**
 * Port 0, the default, takes a free one. A handler that throws is answered with a plain 500 that names the fault:
 * a defect in a stand-in must be told apart from the errors it plays.
 */
export async function listen(
  handler: Handler,
  { port = 0, host = '127.0.0.1' }: { port?: number; host?: string } = {},
): Promise<Listening> {
  const server = createServer((request, response) => {
    handler(request, response).catch((error: unknown) => {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      if (response.headersSent || response.destroyed) response.destroy();
      else answerText(response, 500, `The stand-in itself failed: ${reason}\n`);
    });
  });
  // Clients keep idle connections; cutting one just as it is used again would look like a scripted fault.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    port: bound,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The body as sent, or null when it is longer than `maxBytes`; the rest of it is read and thrown away. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= maxBytes) chunks.push(chunk);
    else chunks.length = 0;
  }
  return length > maxBytes ? null : Buffer.concat(chunks);
}

export type JsonBody =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string };

/** For control routes: the body as JSON, whatever content type it came with. */
export async function readJson(request: IncomingMessage, maxBytes = 1_048_576): Promise<JsonBody> {
  const body = await readBody(request, maxBytes);
  if (body === null) return { ok: false, message: `The body is longer than ${maxBytes} bytes; send less.` };
  try {
    return { ok: true, value: JSON.parse(body.toString('utf8')) as unknown };
  } catch {
    return { ok: false, message: 'The body is not JSON; send one JSON value.' };
  }
}

export type Headers = Readonly<Record<string, string>>;

export function answerJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Headers = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

export function answerText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Headers = {},
): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers });
  response.end(text);
}

/** The path alone, without query. */
export function pathOf(request: IncomingMessage): string {
  return new URL(request.url ?? '/', 'http://sandbox').pathname;
}

/** An answer of the stand-in itself, not of what it stands for. */
export function refuse(response: ServerResponse, status: number, message: string): void {
  answerJson(response, status, { error: { message } });
}

/** What is wrong with the body of a control route, in one sentence. */
export function notUsable({ issues: [issue] }: z.ZodError): string {
  return `The body at ${issue?.path.join('.') || '(root)'} is not usable: ${issue?.message}.`;
}

/** The parameters of a request. */
export function paramsOf({ url = '/' }: IncomingMessage): URLSearchParams {
  return new URL(url, 'http://sandbox').searchParams;
}
