import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { answerJson, notUsable, paramsOf, pathOf, readJson, refuse } from '../http.ts';
import type { Made, StripeControls } from './controls.ts';
import {
  createInputs,
  deliveryInput,
  emitInput,
  settingsInput,
  updateInputs,
  type CreateInputs,
  type Delivery,
  type UpdateInputs,
} from './inputs.ts';
import { ChangeRefused } from './world.ts';

/**
 * The control routes of the stand-in, for whoever runs in another process. They need no key. Bodies are in Stripe's
 * own words (inputs.ts), each with an optional `"delivery":{"copies","delayMs","hold","style","apiVersion"}`.
 *
 *     POST   /_stripe/KIND        makes one, or with an array many: {"id","object","events":[{"id","type"}]}
 *     POST   /_stripe/KIND/ID     changes it (customers, products, prices, subscriptions, invoices,
 *                                 webhookEndpoints, eventDestinations)
 *     DELETE /_stripe/KIND/ID     deletes a customer or product, cancels a subscription
 *                                 KIND: customers products prices subscriptions invoices sessions
 *                                 webhookEndpoints eventDestinations testClocks trialOffers pricingPlans
 *                                 schedules
 *                                 entitlements ({"customer","lookup_keys"}: all that one has from now on)
 *     What is sent with the header Stripe-Account is done in that account, which is connected by it.
 *
 *     POST   /_stripe/emit        {"type","object","account"?,"livemode"?}: an event out of nothing
 *     POST   /_stripe/settings    {"webhookUrl"?,"delivery"?,"readLatencyMs"?,"deniedPermissions"?,"inlineItems"?,
 *                                 "dateSkewSeconds"?}
 *     POST   /_stripe/release     {"order":"asMade"|"reversed"|"shuffled"}: delivers what was held
 *     POST   /_stripe/redeliver   {"event":ID}: one more delivery now, answered with how it went
 *     GET    /_stripe/settled     answers when no delivery is under way or to come
 *     GET    /_stripe/deliveries  {"deliveries":[…]}
 *     GET    /_stripe/requests    {"requests":[…]}, with ?operation= those of one   DELETE /_stripe/requests
 */

const releaseInput = z.strictObject({ order: z.enum(['asMade', 'reversed', 'shuffled']) });
const redeliverInput = z.strictObject({ event: z.string() });

const maxBytes = 64 * 1_048_576;

/** False: the path is not theirs and nothing was done. */
export async function serveControls(
  controls: StripeControls,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const [, root, noun = '', encoded] = pathOf(request).split('/');
  if (root !== '_stripe') return false;
  const id = encoded === undefined ? null : decodeURIComponent(encoded);
  try {
    const body = request.method === 'GET' ? null : await bodyOf(request);
    const answer = await handle(controls, { method: request.method ?? '', noun, id, body }, request);
    if (answer === undefined) refuse(response, 404, `There is no control route ${request.method} ${noun}.`);
    else answerJson(response, 200, answer);
  } catch (error) {
    if (!(error instanceof ChangeRefused)) throw error;
    refuse(response, 400, error.message);
  }
  return true;
}

interface Control {
  readonly method: string;
  readonly noun: string;
  readonly id: string | null;
  readonly body: unknown;
}

async function handle(
  controls: StripeControls,
  control: Control,
  request: IncomingMessage,
): Promise<unknown> {
  const { method, noun, body } = control;
  switch (`${method} ${noun}`) {
    case 'POST emit': {
      const [input, delivery] = split(body);
      return shown(controls.emit(parse(emitInput, input), parse(deliveryInput, delivery)));
    }
    case 'POST settings':
      controls.configure(parse(settingsInput, body));
      return {};
    case 'POST release':
      controls.release(parse(releaseInput, body).order);
      return {};
    case 'POST redeliver':
      return controls.redeliver(parse(redeliverInput, body).event);
    case 'GET settled':
      await controls.settled();
      return {};
    case 'GET deliveries':
      return { deliveries: controls.deliveries() };
    case 'GET requests':
      return { requests: controls.requests(paramsOf(request).get('operation') ?? undefined) };
    case 'DELETE requests':
      controls.clearRequests();
      return {};
    default:
      return change(controls, control);
  }
}

function change(controls: StripeControls, { method, noun, id, body }: Control): unknown {
  if (!Object.hasOwn(createInputs, noun)) return undefined;
  // Each kind has its own schemas, which the type of a lookup by name cannot tell.
  const { create, update, remove }: AnyControls = controls[noun as keyof typeof createInputs];
  const given = (schema: z.ZodType | undefined, each: unknown): readonly [unknown, Delivery] => {
    const [input, delivery] = split(each);
    return [schema && parse(schema, input), parse(deliveryInput, delivery)];
  };
  if (method === 'POST' && id === null) {
    const make = (each: unknown) => shown(create(...given(createInputs[noun as keyof CreateInputs], each)));
    return Array.isArray(body) ? body.map(make) : make(body);
  }
  if (id === null) return undefined;
  if (method === 'POST' && update !== undefined) {
    return shown(update(id, ...given(updateInputs[noun as keyof UpdateInputs], body)));
  }
  return method === 'DELETE' && remove !== undefined
    ? shown(remove(id, given(undefined, body)[1]))
    : undefined;
}

interface AnyControls {
  create(input: unknown, delivery: Delivery): Made;
  update?(id: string, input: unknown, delivery: Delivery): Made;
  remove?(id: string, delivery: Delivery): Made;
}

function shown({ id, object, events }: Made) {
  return { id, object, events: events.map((event) => ({ id: event.id, type: event.type })) };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  // A DELETE needs none.
  if (request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined) {
    return {};
  }
  const body = await readJson(request, maxBytes);
  if (!body.ok) throw new ChangeRefused(body.message);
  return body.value;
}

function split(body: unknown): readonly [input: unknown, delivery: unknown] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return [body, {}];
  const { delivery = {}, ...input } = body as Record<string, unknown>;
  return [input, delivery];
}

function parse<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new ChangeRefused(notUsable(parsed.error));
}
