import type { RequestHandler } from 'express';
import { z } from 'zod';
import type { Access, Caller } from '../../domain/caller.ts';
import { MalformedCursorError } from '../../domain/outcome/cursor.ts';
import { NotSetUp } from '../../domain/not-set-up.ts';
import { answer, nothingHere } from '../answer.ts';
import { noted, originOf, type Asking, type Audit } from './audited.ts';
import { callerOf } from './authentication.ts';
import { TookTooLong, within } from '../within.ts';

/** Reading Stripe and Unkey takes 10 s each at most; after this long nobody waits any more. */
const useCaseTimeoutMs = 25_000;

/** What a use case says when there is nothing: the sentence of a 404. */
class NotFound extends Error {}

/** One route of the admin API: what serves it and what describes it are the same schemas. */
export interface Route {
  readonly method: 'get' | 'post';
  /** With `{name}` for parameters, as OpenAPI writes them. */
  readonly path: string;
  readonly summary: string;
  /** What a token must allow; `read` where nothing is changed. */
  readonly access: Access;
  /** What is noted of it, or why nothing is; absent where it is a GET. */
  readonly audit?: { readonly action: string } | { readonly unnoted: string };
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly status: 200 | 202;
  readonly response: z.ZodType;
  /** Whether 404 is one of its answers. */
  readonly mayMiss: boolean;
  /** Whether 409 is: a setting may be missing for what is asked. */
  readonly mayLackSetting?: true;
  readonly serve: (input: RouteInput) => Promise<unknown>;
}

export interface RouteInput extends Asking {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

export interface RouteAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

type Deep<T> = T extends readonly (infer Item)[]
  ? readonly Deep<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Deep<T[Key]> }
    : T;

interface HandlerInput<Params extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodType> {
  readonly caller: Caller;
  readonly params: z.output<Params>;
  readonly query: z.output<Query>;
  readonly body: z.output<Body>;
}

interface Definition<
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
  Answer extends z.ZodType,
> extends Omit<
  Route,
  'access' | 'params' | 'query' | 'body' | 'response' | 'mayMiss' | 'serve' | 'method' | 'audit'
> {
  /** Usually follows from the method. */
  readonly access?: Access;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  readonly response: Answer;
  /** The sentence of the 404 that a result of null is answered with. */
  readonly missing?: string;
  readonly handle: (input: HandlerInput<Params, Query, Body>) => Promise<Deep<z.input<Answer>> | null>;
}

/** Whatever may change something says what is noted of it. */
type Noted<Input, Result> =
  | { readonly method: 'get'; readonly audit?: never }
  | { readonly method: Exclude<Route['method'], 'get'>; readonly audit: Audit<Input, Result> };

const nothing = z.strictObject({});

/** Binds a use case to its schemas. The compiler holds what it returns against the response's schema. */
export function route<
  Answer extends z.ZodType,
  Params extends z.ZodObject = typeof nothing,
  Query extends z.ZodObject = typeof nothing,
  Body extends z.ZodType = z.ZodUnknown,
>(
  definition: Definition<Params, Query, Body, Answer> &
    Noted<HandlerInput<Params, Query, Body>, Deep<z.input<Answer>>>,
): Route {
  const { params, query, body, handle, missing, audit, ...rest } = definition;
  return {
    access: definition.method === 'get' ? 'read' : 'full',
    ...rest,
    ...(audit && { audit }),
    ...(params && { params }),
    ...(query && { query }),
    ...(body && { body }),
    mayMiss: missing !== undefined,
    serve: async (given) => {
      const input = {
        caller: given.caller,
        params: read(params ?? nothing, given.params, 'path') as z.output<Params>,
        query: read(query ?? nothing, given.query, 'query') as z.output<Query>,
        body: (body ? read(body, given.body ?? {}, 'body') : nobody(given.body)) as z.output<Body>,
      };
      const result = await noted(audit, given, input, () => handle(input));
      if (result === null) throw new NotFound(missing ?? nothingHere);
      return result;
    },
  };
}

export function handlerOf(route: Route, record: Asking['record']): RequestHandler {
  return async (req, res) => {
    const { params, query, body: sent } = req;
    const { status, body, headers } = await callRoute(route, {
      caller: callerOf(res),
      origin: originOf(req),
      record,
      params,
      query,
      body: sent as unknown,
    });
    answer(res, status, body, headers);
  };
}

/** Serves one request, whether it came over HTTP or from the same process. Rejects only with what nobody expected. */
export async function callRoute(route: Route, input: RouteInput): Promise<RouteAnswer> {
  const { serve, status, access } = route;
  if (access === 'full' && input.caller.access === 'read') return refusal(403, 'read_only', readOnly);
  try {
    return { status, body: await within(useCaseTimeoutMs, serve(input)) };
  } catch (error) {
    if (error instanceof InvalidInput) return refusal(400, 'invalid_request', error.message);
    if (error instanceof MalformedCursorError) {
      return refusal(400, 'invalid_request', `cursor: ${error.message}`);
    }
    if (error instanceof NotFound) return refusal(404, 'not_found', error.message);
    if (error instanceof NotSetUp) return refusal(409, 'not_set_up', error.message);
    if (!(error instanceof TookTooLong)) throw error;
    const message = 'The store or an upstream did not answer in time; try again.';
    return { ...refusal(503, 'unavailable', message), headers: { 'retry-after': '5' } };
  }
}

const readOnly = 'This token may look and change nothing: use one that may act, such as ADMIN_TOKEN.';

function refusal(status: number, code: string, message: string): RouteAnswer {
  return { status, body: { error: { code, message } } };
}

class InvalidInput extends Error {}

/** Whoever sends a body means something by it: it is never passed over. */
function nobody(body: unknown): undefined {
  const isEmpty = typeof body === 'object' && body !== null && Object.keys(body).length === 0;
  if (body === undefined || isEmpty) return undefined;
  throw new InvalidInput(
    'body: none is taken at this address; what you mean may have an address of its own.',
  );
}

/** All problems of one part of the request in one sentence each, led by the name of the field. */
function read(schema: z.ZodType, value: unknown, part: 'path' | 'query' | 'body'): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InvalidInput(parsed.error.issues.map((issue) => sentenceOf(issue, part)).join(' '));
}

function sentenceOf(issue: z.core.$ZodIssue, part: string): string {
  if (issue.code === 'unrecognized_keys') {
    return `${part}: ${issue.keys.map((key) => key.slice(0, 60)).join(', ')} is not known here.`;
  }
  const field = issue.path.length === 0 ? part : issue.path.map(String).join('.');
  return `${field}: ${issue.message.replace(/\.?$/, '.')}`;
}
