import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';

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

/** What an error of the app is answered with. */
export function statusOf(error: unknown): number {
  return error instanceof Error && 'status' in error ? Number(error.status) : 500;
}

/** What went wrong is for the log, never for the answer. */
export function giveUp(log: Logger, error: unknown, req: IncomingMessage, res: ServerResponse): void {
  const status = statusOf(error);
  if (status === 413) {
    refuse(res, status, 'payload_too_large', 'The body is larger than 1 MiB.');
  } else if (status >= 400 && status < 500) {
    refuse(res, status, 'invalid_request', 'The request cannot be read; a body must be JSON in UTF-8.');
  } else {
    log.error({ requestId: req.id, err: error }, 'request failed');
    if (res.headersSent) res.destroy();
    else {
      const message = 'Something failed here; the log has it under the x-request-id of this answer.';
      refuse(res, 500, 'internal', message);
    }
  }
}
