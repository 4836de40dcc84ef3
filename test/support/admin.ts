import type { Pipeline } from './pipeline.ts';

/** One call of the running product's admin API, with its own token. */
export async function post(
  { service }: Pick<Pipeline, 'service'>,
  path: string,
  body: unknown = {},
): Promise<{ readonly status: number; readonly body: unknown }> {
  const answer = await fetch(`${service.url}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${service.context.config.adminToken}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.json() };
}
