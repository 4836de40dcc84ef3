import type { ServerResponse } from 'node:http';
import { Router } from 'express';
import { answer } from './answer.ts';
import { checkedParts, type Check, type Checks } from './ports.ts';
import { within } from './within.ts';

const checkTimeoutMs = 1_500;

export interface ProbeDeps {
  readonly checks: Checks;
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
  readonly isDraining: () => boolean;
}

export function probes({ checks, metrics, isDraining }: ProbeDeps): Router {
  const router = Router();
  router.get('/healthz', (_req, res) => answer(res, 200, { ok: true }));
  router.get('/readyz', (_req, res) => ready(res, checks, isDraining()));
  router.get('/metrics', (_req, res) => expose(res, metrics));
  return router;
}

async function expose(res: ServerResponse, metrics: ProbeDeps['metrics']): Promise<void> {
  const { contentType, text } = await metrics();
  res.writeHead(200, { 'content-type': contentType, 'cache-control': 'no-store' });
  res.end(text);
}

/**
 * Only a missing store, the end of the process, or an older plan file in a process that works with it takes us out of
 * service: a webhook can be kept while Stripe or Unkey is away, and a refused delivery would be lost time for everybody.
 */
async function ready(res: ServerResponse, checks: Checks, draining: boolean): Promise<void> {
  const results = await Promise.all(checkedParts.map((part) => checked(checks[part])));
  const away = results.some((result) => result.outOfService === true);
  const body: Record<string, Check> = Object.fromEntries(
    results.map(({ ok, detail }, index) => [
      checkedParts[index] ?? '',
      detail === undefined ? { ok } : { ok, detail },
    ]),
  );
  if (draining) body['queue'] = { ok: false, detail: 'This process is shutting down.' };
  answer(res, draining || away || body['store']?.ok !== true ? 503 : 200, body);
}

/** The answer of a check, whatever it does, within 1.5 s. */
export async function checked(check: () => Check | Promise<Check>): Promise<Check> {
  try {
    return await within(
      checkTimeoutMs,
      Promise.resolve().then(() => check()),
    );
  } catch {
    return { ok: false, detail: 'The check got no answer.' };
  }
}
