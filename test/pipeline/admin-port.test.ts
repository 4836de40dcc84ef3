import { afterEach, expect, it } from 'vitest';
import { startPipeline, waitFor, type Pipeline } from '../support/pipeline.ts';
import { makeCatalog, plansText } from '../support/plans.ts';
import { subscribe } from '../support/subscriber.ts';

let pipeline: Pipeline;
afterEach(() => pipeline.stop());

it('with ADMIN_PORT the public port has deliveries and /healthz alone, and the other everything but deliveries', async () => {
  pipeline = await startPipeline({ store: 'redis', plans: plansText, env: { ADMIN_PORT: '0' } });
  makeCatalog(pipeline.stripe);
  const one = subscribe(pipeline, 'ports');
  await waitFor(() => one.last()?.status === 'applied');
  const { url, adminUrl } = pipeline.service;
  const headers = { authorization: 'Bearer a-token-for-tests-only' };
  const status = async (base: string | null, path: string, method = 'GET') =>
    (await fetch(`${base}${path}`, { method, headers })).status;
  expect(adminUrl).not.toBe(url);
  for (const path of ['/readyz', '/metrics', '/v1/outcomes', '/openapi.json']) {
    expect([path, await status(url, path), await status(adminUrl, path)]).toEqual([path, 404, 200]);
  }
  expect([await status(url, '/healthz'), await status(adminUrl, '/healthz')]).toEqual([200, 200]);
  expect(await status(url, '/webhooks/stripe', 'POST')).toBe(400);
  expect(await status(adminUrl, '/webhooks/stripe', 'POST')).toBe(404);
});
