import { OpenAPIRegistry, OpenApiGeneratorV31 } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import type { Route } from './route.ts';

const problem = z
  .object({ error: z.object({ code: z.string(), message: z.string() }) })
  .meta({ id: 'Problem', description: 'One sentence that names the place and the remedy' });

/** OpenAPI 3.1, from the schemas that check the requests. */
export function openApiDocument(routes: readonly Route[]) {
  const registry = new OpenAPIRegistry();
  const bearer = registry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'The value of ADMIN_TOKEN, ADMIN_READ_TOKEN or a token of ADMIN_TOKENS',
  });
  for (const route of routes) {
    registry.registerPath({
      method: route.method,
      path: route.path,
      summary: route.summary,
      operationId: operationIdOf(route),
      security: [{ [bearer.name]: [] }],
      request: {
        ...(route.params && { params: route.params }),
        ...(route.query && { query: route.query }),
        ...(route.body && { body: { required: true, content: json(route.body) } }),
      },
      responses: {
        [route.status]: { description: route.summary, content: json(route.response) },
        400: { description: 'The request is not valid', content: json(problem) },
        401: { description: 'The token is missing or wrong', content: json(problem) },
        ...(route.access === 'full' && {
          403: { description: 'The token may only read', content: json(problem) },
        }),
        ...(route.mayMiss && { 404: { description: 'There is no such thing', content: json(problem) } }),
        ...(route.mayLackSetting && {
          409: { description: 'A setting is missing for that', content: json(problem) },
        }),
        503: { description: 'The store or an upstream did not answer in time', content: json(problem) },
      },
    });
  }
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Planwire admin API',
      version: '1',
      description: 'What happened to a customer, whether it is right now, and how to do it again.',
    },
  });
}

function json(schema: z.ZodType) {
  return { 'application/json': { schema } };
}

/** For example `get_v1_outcomes_id`: stable, and unique because method and path are. */
function operationIdOf({ method, path }: Route): string {
  return `${method}${path.replaceAll(/\W+/g, '_')}`.replace(/_$/, '');
}
