import type { ServerResponse } from 'node:http';

/** Said of paths without a route; the whole admin API is one where it is off. */
export const nothingHere = 'There is nothing at this address.';

/**
 * The one way an answer leaves: JSON with its length, never cached. It goes round Express's own `res.json`, whose
 * entity tag costs a hash per answer and helps nobody here.
 */
export function answer(
  res: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (res.headersSent || res.destroyed) return;
  const text = JSON.stringify(body);
  res.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  res.end(text);
}

/** Every refusal has this shape, whoever asks. The message is one sentence that a stranger may read. */
export function refuse(
  res: ServerResponse,
  status: number,
  code: string,
  message: string,
  headers?: Readonly<Record<string, string>>,
): void {
  answer(res, status, { error: { code, message } }, headers);
}
