import type { ServerResponse } from 'node:http';
import { Router } from 'express';
import { answer } from './answer.ts';
import { checked, unanswered } from './checked.ts';
import { checkedParts, type Check, type Checks } from './ports.ts';
import { sharedAnswer } from './shared-answer.ts';

export interface ProbeDeps {
  readonly checks: Checks;
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
  readonly isDraining: () => boolean;
}

/** How long one answer of the store serves all who probe. */
const sharedForMs = 1_000;

export function probes({ checks, metrics, isDraining }: ProbeDeps): Router {
  const router = Router();
  const look = sharedAnswer(sharedForMs, () => Promise.all(asked.map((part) => checked(checks[part]))));
  const scrape = sharedAnswer(sharedForMs, metrics);
  router.get('/readyz', async (_req, res) => {
    const results = await look();
    const body = Object.fromEntries(asked.map((part, index) => [part, results[index] ?? unanswered]));
    // What this process knows by itself is told as it is now.
    ready(res, { ...body, planFile: await checked(checks.planFile) }, isDraining());
  });
  router.get('/metrics', (_req, res) => expose(res, scrape));
  return router;
}

/** Whether the process lives, and nothing else: no store is asked. */
export function liveness(): Router {
  const router = Router();
  router.get('/healthz', (_req, res) => answer(res, 200, { ok: true }));
  return router;
}

const asked = ['store', 'stripe', 'unkey', 'queue'] as const;

async function expose(res: ServerResponse, metrics: ProbeDeps['metrics']): Promise<void> {
  const { contentType, text } = await metrics();
  res.writeHead(200, { 'content-type': contentType, 'cache-control': 'no-store' });
  res.end(text);
}

/**
 * Only a missing store, the end of the process, or an older plan file in a process that works with it takes us out of
 * service: a webhook can be kept while Stripe or Unkey is away, and a refused delivery would be lost time for everybody.
 */
function ready(res: ServerResponse, found: Readonly<Record<string, Check>>, draining: boolean): void {
  const away = Object.values(found).some(({ outOfService }) => outOfService === true);
  const body: Record<string, Check> = Object.fromEntries(
    checkedParts.map((part) => {
      const { ok, detail } = found[part] ?? unanswered;
      return [part, detail === undefined ? { ok } : { ok, detail }];
    }),
  );
  if (draining) body['queue'] = { ok: false, detail: 'This process is shutting down.' };
  answer(res, draining || away || body['store']?.ok !== true ? 503 : 200, body);
}
