import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

export const requestIdHeader = 'x-request-id';

/**
 * Gives each request an id of ours, which stands on its answer and in its log lines. An id that came with the
 * request is not taken over: anyone could make two requests look like one.
 */
export function nameRequest(req: IncomingMessage, res: ServerResponse): void {
  res.setHeader(requestIdHeader, idOf(req));
}

/** The same, for an answer whose headers are written all at once: one that was set before makes Node set each. */
export function idOf(req: IncomingMessage): string {
  const id = randomUUID();
  req.id = id;
  return id;
}
