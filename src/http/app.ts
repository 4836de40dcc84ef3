import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import type { Telemetry } from '../telemetry.ts';
import { adminApi } from './admin/api.ts';
import { refuse } from './answer.ts';
import type { Checks, UseCases, WebhookPorts } from './ports.ts';
import { probes } from './probes.ts';
import { requestId } from './request-id.ts';
import { errorFields, requestLog } from './request-log.ts';
import { webhook } from './webhook.ts';

export interface AppDeps {
  readonly log: Logger;
  readonly telemetry: Pick<Telemetry, 'webhook' | 'metrics'>;
  readonly webhook: WebhookPorts;
  readonly checks: Checks;
  readonly isDraining: () => boolean;
  /** Without a token there is no admin API: its paths answer 404. */
  readonly admin?: { readonly token: string; readonly useCases: UseCases };
}

/** Everything Planwire answers over HTTP. Answers are JSON, `/metrics` apart, and all carry `x-request-id`. */
export function createApp({ log, telemetry, webhook: ports, checks, isDraining, admin }: AppDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(requestId);
  app.use(webhook({ ...ports, log, count: telemetry.webhook, isDraining }));
  app.use(requestLog(log));
  app.use(securityHeaders());
  app.use(probes({ checks, metrics: telemetry.metrics, isDraining }));
  if (admin) app.use(adminApi(admin));
  app.use((_req, res) => refuse(res, 404, 'not_found', 'There is nothing at this address.'));
  app.use(lastResort(log));
  return app;
}

/** No answer is a page, so nothing may load, frame or run. Strict transport is for whatever ends TLS before us to say. */
function securityHeaders() {
  const none = ["'none'"];
  return helmet({
    strictTransportSecurity: false,
    xFrameOptions: { action: 'deny' },
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: none, baseUri: none, formAction: none, frameAncestors: none },
    },
  });
}

/** Express recognises an error handler by its four parameters. What went wrong is for the log, never for the answer. */
function lastResort(log: Logger) {
  return (error: unknown, req: Request, res: Response, _next: NextFunction): void => {
    const status = error instanceof Error && 'status' in error ? Number(error.status) : 500;
    if (status >= 400 && status < 500) {
      refuse(res, status, 'bad_request', 'The request could not be read.');
      return;
    }
    log.error({ requestId: req.id, err: errorFields(error) }, 'request failed');
    if (res.headersSent) res.destroy();
    else
      refuse(
        res,
        500,
        'internal',
        'Something failed here; the log has it under the x-request-id of this answer.',
      );
  };
}
