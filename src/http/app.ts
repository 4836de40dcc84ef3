import type { IncomingMessage, ServerResponse } from 'node:http';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import type { Telemetry } from '../observe/telemetry.ts';
import { adminApi } from './admin/api.ts';
import type { Doorkeeper } from './admin/authentication.ts';
import { giveUp, nothingHere, refuse, statusOf } from './answer.ts';
import { dashboard } from './dashboard.ts';
import type { Checks, WebhookPorts } from './ports.ts';
import { checked } from './checked.ts';
import { liveness, probes } from './probes.ts';
import { nameRequest } from './request-id.ts';
import { requestLog } from './request-log.ts';
import { isWebhook, webhook, webhookPath } from './webhook.ts';
import type { UseCases } from './admin/routes.ts';

export interface AppDeps {
  readonly log: Logger;
  readonly telemetry: Pick<Telemetry, 'webhook' | 'metrics'>;
  /** Absent in a process that only answers probes: the webhook's address is then nothing. */
  readonly webhook?: WebhookPorts;
  readonly checks: Checks;
  readonly isDraining: () => boolean;
  /** Probes, metrics and the admin API are on a port of their own: here are deliveries and `/healthz` alone. */
  readonly deliveriesAlone?: boolean;
  /** Without a token there is neither admin API nor dashboard: their paths answer 404. */
  readonly admin?: { readonly door: Doorkeeper; readonly useCases: UseCases };
}

/**
 * Everything Planwire answers over HTTP. Answers are JSON, `/metrics` and the dashboard apart, and all carry `x-request-id`.
 *
 * The webhook is a route of the Express app. On its own address it is called one step earlier, and answers alike: handing
 * a request to Express costs more time than reading, verifying and answering a delivery, and their rate is what decides how a
 * burst of events is survived.
 */
export function createApp(deps: AppDeps): (req: IncomingMessage, res: ServerResponse) => void {
  const { log, telemetry, isDraining } = deps;
  const deliver = deps.webhook
    ? webhook({ ...deps.webhook, log, count: telemetry.webhook, isDraining })
    : null;
  const app = createExpressApp(deps, deliver);
  return (req, res) => {
    if (deliver !== null && isWebhook(req.url ?? '')) deliver(req, res);
    else app(req, res);
  };
}

/** `deliver`: what is mounted as the webhook; null: its address is nothing here. */
export function createExpressApp(deps: AppDeps, deliver: ReturnType<typeof webhook> | null): Express {
  const { log, telemetry, checks, isDraining, admin } = deps;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  if (deliver !== null) app.all(webhookPath, deliver);
  app.use((req, res, next) => {
    nameRequest(req, res);
    next();
  });
  app.use(requestLog(log));
  app.use(securityHeaders());
  app.use(liveness());
  if (deps.deliveriesAlone !== true) {
    app.use(probes({ checks, metrics: telemetry.metrics, isDraining }));
    if (admin) app.use(dashboard(), adminApi(admin.door, admin.useCases, checks));
  }
  app.use((_req, res) => refuse(res, 404, 'not_found', nothingHere));
  // Express recognises an error handler by its four parameters.
  app.use(async (error: unknown, req: Request, res: Response, _next: NextFunction) => {
    if (statusOf(error) < 500 || (await checked(checks.store)).ok) return giveUp(log, error, req, res);
    log.warn({ requestId: req.id, err: error }, 'request failed while the store is away');
    refuse(res, 503, 'unavailable', 'The store is away; try again.', { 'retry-after': '5' });
  });
  return app;
}

/** No answer but the dashboard is a page, so nothing may load, frame or run. Strict transport is for whatever ends TLS before us to say. */
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
