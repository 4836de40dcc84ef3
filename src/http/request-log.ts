import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { pinoHttp } from 'pino-http';

/** Probes ask every few seconds; their good answers are no news. */
const probes = new Set(['/healthz', '/readyz', '/metrics']);

/**
 * One line per request, made of fields that are named here: method, path, status, duration. Headers, bodies and
 * queries never get in, and of an admin request the route stands there, not the id that was looked for: an external
 * id may be somebody's address.
 */
export function requestLog(log: Logger) {
  return pinoHttp({
    logger: log,
    genReqId: (req: IncomingMessage) => req.id,
    // pino-http would serialise request, response and a made-up error with its stack.
    wrapSerializers: false,
    serializers: { req: () => undefined, res: () => undefined, err: () => undefined },
    quietReqLogger: true,
    customAttributeKeys: { reqId: 'requestId', responseTime: 'ms' },
    customLogLevel: (req, res) => {
      const probe = probes.has(pathOf(req));
      if (res.statusCode >= 500) return probe ? 'warn' : 'error';
      return probe ? 'debug' : 'info';
    },
    customSuccessMessage: () => 'request',
    customErrorMessage: () => 'request',
    customSuccessObject: (req, res, { ms }: { ms: number }) => line(req, res, ms),
    customErrorObject: (req, res, _error, { ms }: { ms: number }) => line(req, res, ms),
  });
}

function line(req: IncomingMessage, res: ServerResponse, ms: number) {
  const aborted = !res.writableEnded;
  return { method: req.method, path: pathOf(req), status: aborted ? null : res.statusCode, ms };
}

/** Express rewrites `url` inside a router; `originalUrl` is what was asked for. At most 200 characters are kept. */
function pathOf(req: IncomingMessage & { originalUrl?: string; route?: { path?: unknown } }): string {
  if (typeof req.route?.path === 'string') return req.route.path;
  const [path = ''] = (req.originalUrl ?? req.url ?? '').split('?', 1);
  if (/^\/v1\//i.test(path)) return '/v1/…';
  return path.startsWith('/dashboard/') ? '/dashboard/…' : path.slice(0, 200);
}
