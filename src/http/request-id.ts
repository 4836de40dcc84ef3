import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Gives each request an id of ours, which stands on its answer and in its log lines. An id that came with the
 * request is not taken over: anyone could make two requests look like one.
 */
export function nameRequest(req: IncomingMessage, res: ServerResponse): void {
  const id = randomUUID();
  req.id = id;
  res.setHeader('x-request-id', id);
}
