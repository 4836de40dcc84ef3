import type { ServerResponse } from 'node:http';

/** Said of paths without a route; the whole admin API is one where it is off. */
export const nothingHere = 'There is nothing at this address.';

/** An answer before anybody sent it. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/**
 * The one shape of answers: JSON with its length, never cached. It goes round Express's own `res.json`, whose entity tag
 * costs a hash per answer and helps nobody here.
 */
export function jsonAnswer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answered {
  const text = JSON.stringify(body);
  return {
    status,
    text,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(text)),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...headers,
    },
  };
}

/** Every refusal has this shape, whoever asks. The message is one sentence that a stranger may read. */
export function refusal(
  status: number,
  code: string,
  message: string,
  headers?: Readonly<Record<string, string>>,
): Answered {
  return jsonAnswer(status, { error: { code, message } }, headers);
}

export function send(res: ServerResponse, { status, headers, text }: Answered): void {
  if (res.headersSent || res.destroyed) return;
  res.writeHead(status, headers);
  res.end(text);
}

export function answer(
  res: ServerResponse,
  status: number,
  body: unknown,
  headers?: Readonly<Record<string, string>>,
): void {
  send(res, jsonAnswer(status, body, headers));
}

export function refuse(
  res: ServerResponse,
  status: number,
  code: string,
  message: string,
  headers?: Readonly<Record<string, string>>,
): void {
  send(res, refusal(status, code, message, headers));
}
