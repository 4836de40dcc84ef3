import { kept } from '../log.ts';
import type { Delivery, EmitInput } from './inputs.ts';
import { inShapeOf } from './old-shapes.ts';
import type { Happening } from './world.ts';

/** An event as it was made: its payload never changes afterwards, whatever is delivered how often. */
export interface SandboxEvent {
  readonly id: string;
  readonly object: string;
  readonly type: string;
  /** Seconds. */
  readonly created: number;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Whether an endpoint has taken it. */
  delivered: boolean;
}

export interface EventMaker {
  /** The events of one happening that the endpoint is to receive. */
  make(happening: Happening, delivery: Delivery): readonly SandboxEvent[];
  emit(input: EmitInput, delivery: Delivery): SandboxEvent;
  get(id: string): SandboxEvent | undefined;
  /** Newest first; thin events are a list of their own. */
  list(object: 'event' | 'v2.core.event'): readonly SandboxEvent[];
}

export interface EventMakerOptions {
  readonly newId: (prefix: string) => string;
  readonly livemode: boolean;
  /** The connected account that they are of; null, the default: the own one. */
  readonly account?: string | null;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** The version that today's stripe-node pins. */
const newestApiVersion = '2026-10-28.endive';

export function createEventMaker({ newId, livemode, account = null, now }: EventMakerOptions): EventMaker {
  const events = new Map<string, SandboxEvent>();

  const keep = (
    payload: Readonly<Record<string, unknown>> & { id: string; object: string; type: string },
  ) => {
    const { id, object, type } = payload;
    const event = { id, object, type, created: Math.floor(now() / 1000), payload, delivered: false };
    events.set(id, event);
    forgetOldest(events);
    return event;
  };

  const snapshot = (happening: Happening, apiVersion: string, more: Record<string, unknown>) =>
    keep({
      id: newId('evt'),
      object: 'event',
      api_version: apiVersion,
      created: Math.floor(now() / 1000),
      data: {
        object: inShapeOf(apiVersion, happening.object),
        ...(happening.previous === undefined ? {} : { previous_attributes: happening.previous }),
      },
      livemode,
      pending_webhooks: 1,
      // Before 2017-05-25 this was the id of the request alone.
      request: apiVersion < '2017-05-25' ? null : { id: null, idempotency_key: null },
      type: happening.type,
      ...more,
    });

  const thin = ({ type, object }: Happening, snapshotId: string | null) =>
    keep({
      id: newId('evt'),
      object: 'v2.core.event',
      type: isOfV2(type) ? type : `v1.${type}`,
      livemode,
      created: new Date(now()).toISOString(),
      context: account,
      reason: null,
      related_object: { id: object['id'], type: object['object'], url: urlOf(object) },
      ...(snapshotId === null ? {} : { snapshot_event: snapshotId }),
    });

  return {
    make(happening, { style = 'snapshot', apiVersion = newestApiVersion, destination = 'account' }) {
      // What is of API v2 has thin events alone.
      if (isOfV2(happening.type)) return [thin(happening, null)];
      // Stripe makes the snapshot in any case; a thin destination receives its twin.
      const event = snapshot(happening, apiVersion, accountIn(account, destination, apiVersion));
      if (style === 'snapshot') return [event];
      const twin = thin(happening, event.id);
      return style === 'both' ? [event, twin] : [twin];
    },
    emit(
      { type, object, account: named = account, livemode: mode = livemode },
      { apiVersion = newestApiVersion },
    ) {
      const whose = named === null ? {} : { account: named };
      return snapshot({ type, object }, apiVersion, { livemode: mode, ...whose });
    },
    get: (id) => events.get(id),
    list: (object) => [...events.values()].filter((event) => event.object === object).reverse(),
  };
}

/** Since 2025-04-30 it stands in `context` as well, and for an organisation there alone. */
function accountIn(
  account: string | null,
  destination: NonNullable<Delivery['destination']>,
  apiVersion: string,
): Record<string, unknown> {
  if (account === null) return {};
  const context = apiVersion < '2025-04-30' ? {} : { context: account };
  return destination === 'organisation' ? context : { account, ...context };
}

function forgetOldest(events: Map<string, SandboxEvent>): void {
  for (const oldest of events.keys()) {
    if (events.size <= kept) return;
    events.delete(oldest);
  }
}

function isOfV2(type: string): boolean {
  return type.startsWith('v2.');
}

const collections: Readonly<Record<string, string>> = {
  'checkout.session': 'checkout/sessions',
};

function urlOf(object: Readonly<Record<string, unknown>>): string {
  const kind = String(object['object']);
  if (isOfV2(kind)) return `/${kind.replaceAll('.', '/')}s/${String(object['id'])}`;
  return `/v1/${collections[kind] ?? `${kind}s`}/${String(object['id'])}`;
}
