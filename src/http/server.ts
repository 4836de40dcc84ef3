import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { randomUUID } from 'node:crypto';
import { refuse } from './answer.ts';
import { nameRequest } from './request-id.ts';

/**
 * The server below the app. It answers in JSON also what Node refuses before the app hears of it, and gives no
 * sender more time than a slow mobile line needs.
 */
export function createHttpServer(handler: (req: IncomingMessage, res: ServerResponse) => void): Server {
  const server = createServer({
    headersTimeout: 8_000,
    requestTimeout: 15_000,
    // Longer than the 60 s of common load balancers: they must be the ones to close an idle connection.
    keepAliveTimeout: 65_000,
    connectionsCheckingInterval: 1_000,
  });
  // More than any balancer opens; what comes beyond is closed before it costs anything.
  server.maxConnections = 2_000;
  server.on('request', handler);
  server.on('checkExpectation', (req, res) => {
    nameRequest(req, res);
    refuse(res, 417, 'expectation_failed', 'No expectation but 100-continue is met.');
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => answerRaw(error, socket as Socket));
  return server;
}

const refusals: Readonly<Record<string, readonly [status: string, code: string, message: string]>> = {
  HPE_HEADER_OVERFLOW: [
    '431 Request Header Fields Too Large',
    'headers_too_large',
    'The headers are too large.',
  ],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'request_timeout', 'The request did not arrive in time.'],
};

/** There is no response object when the request could not even be parsed. */
function answerRaw(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [status, code, message] = refusals[error.code ?? ''] ?? [
    '400 Bad Request',
    'bad_request',
    'This is not an HTTP request that can be read.',
  ];
  const body = JSON.stringify({ error: { code, message } });
  socket.end(
    [
      `HTTP/1.1 ${status}`,
      `x-request-id: ${randomUUID()}`,
      'content-type: application/json; charset=utf-8',
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}
