import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Claim } from '../../../src/domain/customer/customer-record.ts';
import { outcomeStatuses, type Outcome, type OutcomeFilter } from '../../../src/domain/outcome/outcome.ts';
import { anError, anOutcome } from '../../support/outcome-fixture.ts';
import { ids, listAll } from './outcomes-contract.ts';
import {
  pgliteBackend,
  postgresBackend,
  redisBackend,
  retentionMs,
  type Backend,
  type Records,
} from './records-backends.ts';
import { RecordsModel } from './records-model.ts';
import * as fc from '../../support/property.ts';

const base = Date.now() - 3_600_000;

// Few values of each kind, so that ids, times and texts collide all the time.
const one = (...values: string[]): fc.Arbitrary<string> => fc.constantFrom(...values);
const customer = one('cus_1', 'cus_2', 'cus_3', 'cus_4');
const moment = fc.nat(12).map((ms) => base + ms);
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null });

const outcome: fc.Arbitrary<Outcome> = fc
  .record({
    id: one('out_1', 'out_2', 'out_3', 'out_4', 'out_5', 'out_6', 'out_7'),
    finishedAt: moment,
    lastedMs: fc.nat(4),
    status: fc.constantFrom(...outcomeStatuses),
    error: maybe(one('a', 'b').map(anError)),
    customerId: customer,
    subscriptionIds: fc.uniqueArray(one('sub_1', 'sub_2', 'user_1'), { maxLength: 2 }),
    // An external id may be the same text as a customer's id.
    identity: fc.record({ externalId: maybe(one('user_1', 'cus_1')), id: maybe(one('id_1', 'id_2')) }),
    requestId: maybe(one('req_1', 'req_2')),
    eventIds: fc.uniqueArray(one('evt_1', 'evt_2', 'evt_3'), { maxLength: 2 }),
  })
  .map(({ finishedAt, lastedMs, eventIds, ...fields }) => {
    const made = anOutcome({ ...fields, finishedAt, startedAt: finishedAt - lastedMs, requests: [] });
    return { ...made, cause: { ...made.cause, eventIds } };
  });

const filter: fc.Arbitrary<OutcomeFilter> = fc.record(
  {
    status: fc.constantFrom(...outcomeStatuses),
    error: one('a', 'b'),
    customerId: customer,
    identity: one('user_1', 'cus_1', 'id_1', 'id_2', 'sub_1'),
    since: moment,
    until: moment,
  },
  { requiredKeys: [] },
);

const claim: fc.Arbitrary<Claim | null> = maybe(
  fc.record({
    externalId: fc.constant('user_1'),
    customerId: customer,
    granting: fc.boolean(),
    contenders: fc.array(customer, { maxLength: 2 }),
  }),
);

const operation = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(outcome, fc.option(fc.nat(5), { nil: undefined }))
      .map(([value, ticket]) => ({ do: 'put', value, ticket }) as const),
  },
  fc
    .tuple(one('out_1', 'out_2', 'out_3'), outcome)
    .map(([id, value]) => ({ do: 'changeOutcome', value: { ...value, id } }) as const),
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        customer,
        fc.record(
          {
            nextCheckAt: maybe(moment),
            failingSince: maybe(moment),
            heldSince: maybe(moment),
            plan: maybe(one('free')),
          },
          { requiredKeys: [] },
        ),
      )
      .map(([id, fields]) => ({ do: 'change', id, fields }) as const),
  },
  fc.tuple(filter, fc.integer({ min: 1, max: 4 })).map(([by, limit]) => ({ do: 'list', by, limit }) as const),
  fc
    .tuple(
      one('out_1', 'req_1', 'req_2', 'req_update', 'evt_1', 'evt_2', 'cus_1', 'sub_1', 'user_1', 'id_1'),
      fc.integer({ min: 1, max: 4 }),
    )
    .map(([ref, limit]) => ({ do: 'find', ref, limit }) as const),
  fc.tuple(customer, fc.nat(5)).map(([id, ticket]) => ({ do: 'firstAfter', id, ticket }) as const),
  fc
    .tuple(moment, fc.integer({ min: 1, max: 4 }))
    .map(([now, limit]) => ({ do: 'due', now, limit }) as const),
  fc.integer({ min: 1, max: 3 }).map((limit) => ({ do: 'troubled', limit }) as const),
  claim.map((value) => ({ do: 'claim', value }) as const),
  fc
    .tuple(one('evt_1', 'evt_2'), fc.uniqueArray(customer, { maxLength: 3 }), fc.nat(5))
    .map(([eventId, customerIds, ticket]) => {
      const tickets = Object.fromEntries(customerIds.slice(1).map((id) => [id, ticket]));
      return { do: 'note', eventId, customerIds, tickets } as const;
    }),
  moment.map((now) => ({ do: 'prune', now: now + retentionMs }) as const),
);

type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

/** What the store answers and what the model says it should. */
async function both(step: Operation, store: Records, model: RecordsModel): Promise<[unknown, unknown]> {
  switch (step.do) {
    case 'put':
      await store.outcomes.put(step.value, step.ticket);
      model.put(step.value, step.ticket);
      return [await store.outcomes.get(step.value.id), step.value];
    case 'changeOutcome':
      return [
        await store.outcomes.change(step.value.id, () => step.value),
        model.put(step.value, model.tickets.get(step.value.id)),
      ];
    case 'change':
      return [
        await store.customers.change(step.id, (record) => ({ ...record, ...step.fields })),
        model.change(step.id, step.fields),
      ];
    case 'list':
      return [ids(await listAll(store.outcomes, step.by, step.limit)), model.list(step.by)];
    case 'find':
      return [ids(await store.outcomes.find(step.ref, step.limit)), model.find(step.ref, step.limit)];
    case 'firstAfter': {
      const found = await store.outcomes.firstAfter(step.id, step.ticket);
      return [found?.id ?? null, model.firstAfter(step.id, step.ticket)];
    }
    case 'due':
      return [await store.customers.due(step.now, step.limit), model.due(step.now, step.limit)];
    case 'troubled': {
      const found: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await store.customers.troubled(cursor, step.limit);
        found.push(...page.items.map((record) => record.customerId));
        cursor = page.nextCursor;
      } while (cursor !== null);
      return [found, model.troubled()];
    }
    case 'claim':
      if (step.value === null) model.claims.delete('user_1');
      else model.claims.set('user_1', step.value);
      await store.claims.change('user_1', () => step.value);
      return [await store.claims.read('user_1'), step.value];
    case 'note': {
      const note = { ...step, type: 'price.updated', receivedAt: base + retentionMs };
      const { do: _, ...noted } = note;
      await store.outcomes.noteEvent(noted);
      return [await store.outcomes.event(step.eventId), model.note(noted)];
    }
    case 'prune':
      return [await store.outcomes.prune(step.now), model.prune(step.now)];
  }
}

const backends: [string, () => Promise<Backend>, number][] = [
  ['Redis', redisBackend, 150],
  ['PGlite', pgliteBackend, 30],
  ['PostgreSQL', postgresBackend, 40],
];

describe.each(backends)('records on %s', (_, start, numRuns) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await start();
  });
  afterAll(() => backend.stop());

  test('any sequence of operations is answered as the plain model answers it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 60, size: 'max' }), async (steps) => {
        const { first, second } = await backend.fresh();
        const model = new RecordsModel(retentionMs);
        let store = first;
        for (const step of steps) {
          const [actual, expected] = await both(step, store, model);
          expect(actual, JSON.stringify(step)).toEqual(expected);
          store = store === first ? second : first;
        }
      }),
      { numRuns },
    );
  });
});
