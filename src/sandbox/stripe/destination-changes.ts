import type { Entity } from './table.ts';
import { born, ChangeRefused, type Changed, type Changes, type World } from './world.ts';

/** Webhook endpoints and event destinations, as an account shows them. What becomes of them raises no event. */
export function createDestinationChanges(
  world: World,
): Pick<Changes, 'webhookEndpoints' | 'eventDestinations'> {
  const { webhookEndpoints, eventDestinations } = world.account;
  return {
    webhookEndpoints: {
      create: ({ id, ...input }) =>
        quiet(
          webhookEndpoints.put({
            ...born(world, 'webhook_endpoint', 'we', { id }),
            api_version: null,
            application: null,
            enabled_events: ['*'],
            status: 'enabled',
            ...input,
          }),
        ),
      update: (id, input) =>
        quiet(webhookEndpoints.put({ ...known(webhookEndpoints.get(id), id), ...input })),
    },
    eventDestinations: {
      create: ({ id, url, ...input }) =>
        quiet(
          eventDestinations.put({
            ...born(world, 'v2.core.event_destination', 'ed', { id }),
            name: 'Planwire',
            type: 'webhook_endpoint',
            enabled_events: [],
            event_payload: 'thin',
            events_from: ['@self'],
            status: 'enabled',
            ...input,
            webhook_endpoint: { url },
          }),
        ),
      update: (id, { url, ...input }) => {
        const before = known(eventDestinations.get(id), id);
        const address = url === undefined ? {} : { webhook_endpoint: { url } };
        return quiet(eventDestinations.put({ ...before, ...input, ...address }));
      },
    },
  };
}

function quiet(entity: Entity): Changed {
  return { entity, happenings: [] };
}

function known(entity: Entity | undefined, id: string): Entity {
  if (entity === undefined) throw new ChangeRefused(`There is no destination ${id}.`);
  return entity;
}
