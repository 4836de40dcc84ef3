import type { Origin } from '../../domain/audit.ts';
import type { Caller } from '../../domain/caller.ts';
import type { Asking } from './audited.ts';
import { callRoute, type Route, type RouteAnswer } from './route.ts';

/** What is null or undefined is not asked for. */
export type Query = Readonly<Record<string, string | number | null | undefined>>;

/** A query as an address carries it. */
export function textsOf(query: Query): Record<string, string> {
  return Object.fromEntries(
    Object.entries(query).flatMap(([name, value]) => (value == null ? [] : [[name, String(value)]])),
  );
}

/** One call of the admin API: the same whether it goes over HTTP or stays in this process. */
export type AdminCall = (
  method: 'get' | 'post',
  path: string,
  given?: { readonly query?: Query; readonly body?: unknown },
) => Promise<RouteAnswer>;

/** Whoever has the store's address may do everything. */
const caller: Caller = { name: 'command line', access: 'full' };
const origin: Origin = { via: 'in process', address: null, forwardedFor: null };

/** Calls routes without a socket: schemas, sentences and shapes are those that HTTP has. */
export function callInProcess(routes: readonly Route[], record: Asking['record']): AdminCall {
  return async (method, path, given = {}) => {
    for (const route of routes) {
      const params = route.method === method ? match(route.path, path) : null;
      if (params === null) continue;
      const { status, body } = await callRoute(route, {
        caller,
        origin,
        record,
        params,
        query: textsOf(given.query ?? {}),
        body: asJson(given.body),
      });
      return { status, body: asJson(body) };
    }
    throw new Error(`The admin API has no ${method.toUpperCase()} ${path}.`);
  };
}

/** Over HTTP everything becomes JSON once; here it must not keep what JSON drops. */
function asJson(body: unknown): unknown {
  return body === undefined ? undefined : JSON.parse(JSON.stringify(body));
}

function match(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = decodeURIComponent(given[index] ?? '');
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name === undefined && part !== value) return null;
    if (name !== undefined) params[name] = value;
  }
  return params;
}
