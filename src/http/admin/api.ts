import express, { Router } from 'express';
import { refuse } from '../answer.ts';
import type { Checks } from '../ports.ts';
import { authentication, type Doorkeeper } from './authentication.ts';
import { openApiDocument } from './openapi.ts';
import { handlerOf } from './route.ts';
import { adminRoutes, type UseCases } from './routes.ts';
import { signIn } from './sign-in.ts';

const bodyLimit = 1024 * 1024;

/** The admin API: the routes, and the document that describes exactly these. */
export function adminApi(door: Doorkeeper, useCases: UseCases, checks: Checks): Router {
  const routes = adminRoutes(useCases, checks);
  const document = openApiDocument(routes);
  const router = Router();
  // It says nothing that the project's own pages do not say; tools that read it often cannot send a token.
  router.get('/openapi.json', (_req, res) => {
    res.json(document);
  });
  router.use(signIn(door));
  // No body is read before the token has been seen.
  router.use('/v1', authentication(door), express.json({ limit: bodyLimit, type: () => true }));
  for (const route of routes)
    router[route.method](expressPath(route.path), handlerOf(route, useCases.recordAudit));
  for (const path of new Set(routes.map((route) => route.path))) {
    const allow = routes.filter((route) => route.path === path).map((route) => route.method.toUpperCase());
    router.all(expressPath(path), (_req, res) => {
      refuse(res, 405, 'method_not_allowed', `This address takes ${allow.join(', ')}.`, {
        allow: allow.join(', '),
      });
    });
  }
  return router;
}

function expressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}
