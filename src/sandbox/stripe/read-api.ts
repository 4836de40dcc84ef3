import type { IncomingMessage } from 'node:http';
import { rendered, type Account } from './account.ts';
import type { EventMaker, SandboxEvent } from './events.ts';
import { expand } from './expand.ts';
import { rangeOf } from './filters.ts';
import { paged } from './lists.ts';
import { parseQuery, type Query } from './query.ts';
import { badKey, invalid, lacksContext, lacksPermission, missing } from './refusals.ts';
import { routeFor, type Resource } from './resources.ts';
import { search, searchedBy } from './search.ts';
import type { Entity } from './table.ts';

export interface EndpointInput {
  readonly url: string;
  readonly enabled_events: string[];
  /** null: for events of the own account. */
  readonly application: string | null;
}

/** What the read API works on. */
export interface ReadWorld {
  readonly account: Account;
  readonly events: EventMaker;
  readonly keys: readonly string[];
  readonly deniedPermissions: () => readonly string[];
  /** As the API makes one: with the secret that it signs with. */
  readonly makeEndpoint: (input: EndpointInput) => unknown;
  /** Sends a ping to an event destination, and answers it. */
  readonly ping: (destination: Entity) => unknown;
}

/** A request as it was understood, for faults and for the log. */
export interface ReadRequest {
  /** Such as `subscriptions.list`. */
  readonly operation: string;
  /** The id, or the customer, subscription or ids that a list is narrowed to; '' without any. */
  readonly subject: string;
  readonly answer: () => unknown;
}

/** null: there is no such route. `form`: what was posted. */
export function understand(world: ReadWorld, request: IncomingMessage, form: string): ReadRequest | null {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://sandbox');
  const asked = (operation: string, subject: string, permission: string, answer: () => unknown) => ({
    operation,
    subject,
    answer() {
      authorize(world, request, permission);
      return answer();
    },
  });
  if (request.method === 'POST') {
    const [, pinged] = /^\/v2\/core\/event_destinations\/(\w+)\/ping$/.exec(pathname) ?? [];
    if (pinged !== undefined) {
      const answer = () => ping(world, pinged);
      return asked('v2.core.eventDestinations.ping', pinged, 'rak_event_destination_write', answer);
    }
    if (pathname !== '/v1/webhook_endpoints') return null;
    const params = new URLSearchParams(form);
    const answer = () => makeEndpoint(world, params);
    return asked('webhookEndpoints.create', params.get('url') ?? '', 'rak_webhook_write', answer);
  }
  if (request.method !== 'GET') return null;
  const searched = searchedBy(pathname);
  if (searched !== null) {
    const { name, permission } = searched;
    const answer = () => search(world.account, searched, searchParams);
    return asked(`${name}.search`, searchParams.get('query') ?? '', permission, answer);
  }
  const route = routeFor(pathname);
  if (route === null) return null;
  const { resource, id } = route;
  const { name, permission } = resource;
  if (id !== null) {
    return asked(`${name}.retrieve`, id, permission, () => retrieve(world, resource, id, searchParams));
  }
  const narrowed = ['customer', 'subscription'].map((each) => searchParams.get(each));
  const ids = [...searchParams].filter(([each]) => each.startsWith('ids[')).map(([, value]) => value);
  const subject = narrowed.find((value) => value !== null) ?? ids.join(',');
  return asked(`${name}.list`, subject, permission, () => list(world, resource, searchParams));
}

function ping(world: ReadWorld, id: string): unknown {
  const destination = world.account.eventDestinations.get(id);
  if (destination === undefined) throw missing(404, 'v2.core.event_destination', id, 'id');
  return world.ping(destination);
}

/** The only write that the API takes: whoever sets Planwire up may have it make its endpoint. */
function makeEndpoint(world: ReadWorld, params: URLSearchParams): unknown {
  const query = parseQuery(params, ['url', 'enabled_events', 'description', 'connect']);
  const url = query.text('url') ?? '';
  if (!/^https?:\/\//.test(url)) throw invalid('Invalid URL', { code: 'url_invalid', param: 'url' });
  const application = query.text('connect') === 'true' ? 'ca_sandbox' : null;
  return world.makeEndpoint({ url, application, enabled_events: [...query.many('enabled_events')] });
}

function authorize(world: ReadWorld, request: IncomingMessage, permission: string): void {
  const [, key = ''] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
  if (!world.keys.includes(key)) throw badKey(key);
  if (key.startsWith('sk_org_')) authorizeOrganisation(request);
  if (world.deniedPermissions().includes(permission)) throw lacksPermission(permission);
}

/** Its key is of no account: each request says of which it is, and by which version of the API. */
function authorizeOrganisation({ headers }: IncomingMessage): void {
  if ((headers['stripe-context'] ?? '') === '') throw lacksContext();
  if (headers['stripe-version'] === undefined) throw invalid('The Stripe-Version header is required.');
}

function retrieve(world: ReadWorld, resource: Resource, id: string, params: URLSearchParams): unknown {
  const query = parseQuery(params, ['expand']);
  if (resource.source === undefined) {
    const event = world.events.get(id);
    if (event === undefined || event.object !== resource.object) throw missing(404, 'event', id, 'id');
    return event.payload;
  }
  const entity = resource.source.find(world.account, id);
  if (entity === undefined) throw missing(404, resource.object, id, 'id');
  // A deleted customer is answered as a stub; any other deleted object is as good as unknown.
  if (entity['deleted'] === true && resource.object !== 'customer') {
    throw missing(404, resource.object, id, 'id');
  }
  const object = rendered(world.account, entity);
  return expand(world.account, object, resource.object, query.many('expand'));
}

function list(world: ReadWorld, resource: Resource, params: URLSearchParams): unknown {
  const paging = ['limit', 'starting_after', 'ending_before', 'expand'];
  const query = parseQuery(params, [...paging, ...resource.filters]);
  if (resource.source === undefined) return eventPage(world, resource, query, params);
  const page = paged<Entity>(resource.source.list(world.account, query), query, resource.object);
  const data = page.data.map((entity) => rendered(world.account, entity));
  if (resource.object.startsWith('v2.')) return { data, next_page_url: null, previous_page_url: null };
  const body = { object: 'list', url: resource.path, has_more: page.has_more, data };
  return expand(world.account, body, `list:${resource.object}`, query.many('expand'));
}

/** With all that was asked for, as Stripe gives it. */
function nextPage({ path }: Resource, params: URLSearchParams, page: number): string {
  const next = new URLSearchParams(params);
  next.set('page', String(page));
  return `${path}?${next.toString()}`;
}

function eventPage(world: ReadWorld, resource: Resource, query: Query, params: URLSearchParams): unknown {
  const thin = resource.object === 'v2.core.event';
  const events = world.events.list(thin ? 'v2.core.event' : 'event').filter(eventFilter(query));
  if (!thin) {
    const { data, has_more } = paged(events, query, 'event');
    return { object: 'list', url: resource.path, has_more, data: data.map((event) => event.payload) };
  }
  const [from, limit] = [Number(query.text('page') ?? 0), Number(query.text('limit') ?? 20)];
  const data = events.slice(from, from + limit).map((event) => event.payload);
  const next = from + limit < events.length ? nextPage(resource, params, from + limit) : null;
  return { data, next_page_url: next, previous_page_url: null };
}

function eventFilter(query: Query): (event: SandboxEvent) => boolean {
  const type = query.text('type');
  const types = [...query.many('types'), ...(type === undefined ? [] : [type])];
  if (types.length > 20) throw invalid('You may only pass up to 20 types.', { param: 'types' });
  const delivered = query.text('delivery_success');
  const within = rangeOf(query);
  const objectId = query.text('object_id');
  return (event) =>
    (types.length === 0 || types.includes(event.type)) &&
    (delivered === undefined || String(event.delivered) === delivered) &&
    (objectId === undefined || (event.payload['related_object'] as { id: unknown }).id === objectId) &&
    within(event.created);
}
