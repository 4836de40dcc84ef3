import { rendered, type Account } from './account.ts';
import { parseQuery } from './query.ts';
import { invalid } from './refusals.ts';
import { routeFor, type Resource } from './resources.ts';

/** What is searched by a path such as `/v1/customers/search`; null where it is no such path. */
export function searchedBy(path: string): Resource | null {
  const [, noun] = /^\/v1\/(customers|subscriptions)\/search$/.exec(path) ?? [];
  return noun === undefined ? null : (routeFor(`/v1/${noun}`)?.resource ?? null);
}

/** Of Stripe's query language only one clause, `metadata['key']:'value'`. Not played: that the index is late. */
export function search(account: Account, resource: Resource, params: URLSearchParams): unknown {
  const query = parseQuery(params, ['query', 'limit', 'page', 'expand']);
  const clause = /^metadata\[(['"])(.+?)\1\]:(['"])(.*)\3$/.exec(query.text('query') ?? '');
  if (clause === null) {
    throw invalid(`The stand-in searches by metadata['key']:'value' alone.`, { param: 'query' });
  }
  const [, , key = '', , value = ''] = clause.map((text) => text?.replaceAll(/\\(.)/g, '$1'));
  const all = resource.object === 'customer' ? account.customers.all() : account.subscriptions.all();
  const data = all
    .filter((entity) => entity['deleted'] !== true && entity.metadata[key] === value)
    .slice(0, Number(query.text('limit') ?? 10))
    .map((entity) => rendered(account, entity));
  return { object: 'search_result', url: `${resource.path}/search`, has_more: false, next_page: null, data };
}
