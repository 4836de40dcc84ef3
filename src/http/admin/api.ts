import express, { Router } from 'express';
import { refuse } from '../answer.ts';
import type { UseCases } from '../ports.ts';
import { authentication } from './authentication.ts';
import { listFailing, previewSync, releaseAll, releaseOne, startSync, viewCustomer } from './customers.ts';
import { openApiDocument } from './openapi.ts';
import { findAnything, getOutcome, listOutcomes } from './outcomes.ts';
import { readReplay, startReplay } from './replays.ts';
import { readStats } from './stats.ts';
import { handlerOf, type Route } from './route.ts';

const bodyLimit = 1024 * 1024;

/** The admin API: the routes of the use cases that exist, and the document that describes exactly these. */
export function adminApi({
  token,
  useCases,
}: {
  readonly token: string;
  readonly useCases: UseCases;
}): Router {
  const routes = adminRoutes(useCases);
  const document = openApiDocument(routes);
  const router = Router();
  // It says nothing that the project's own pages do not say; tools that read it often cannot send a token.
  router.get('/openapi.json', (_req, res) => {
    res.json(document);
  });
  // No body is read before the token has been seen.
  router.use('/v1', authentication(token), express.json({ limit: bodyLimit, type: () => true }));
  for (const route of routes) router[route.method](expressPath(route.path), handlerOf(route));
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

function adminRoutes(useCases: UseCases): readonly Route[] {
  const { release } = useCases;
  const routes = [
    useCases.listOutcomes && listOutcomes(useCases.listOutcomes),
    useCases.getOutcome && getOutcome(useCases.getOutcome),
    useCases.find && findAnything(useCases.find),
    useCases.customerView && viewCustomer(useCases.customerView),
    useCases.failing && listFailing(useCases.failing),
    useCases.requestSync && startSync(useCases.requestSync),
    useCases.startReplay && startReplay(useCases.startReplay),
    useCases.replay && readReplay(useCases.replay),
    useCases.preview && previewSync(useCases.preview),
    release && releaseOne(release),
    release && releaseAll(release),
    useCases.stats && readStats(useCases.stats),
  ];
  return routes.filter((route) => route !== undefined);
}

function expressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}
