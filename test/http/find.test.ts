import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blankRecord } from '../../src/domain/customer/customer-record.ts';
import { createFind, createGetOutcome, kindOf, type Find } from '../../src/queries/find.ts';
import {
  pgliteBackend,
  redisBackend,
  type Backend,
  type Records,
} from '../store/contracts/records-backends.ts';
import { anOutcome } from '../support/outcome-fixture.ts';

const start = Date.now() - 60_000;
const at = (seconds: number) => start + seconds * 1_000;
const ids = (found: Awaited<ReturnType<Find>>) => found.outcomes.map(({ id }) => id);

test.each([
  ['evt_1', 'event'],
  ['cus_1', 'customer'],
  ['sub_1', 'subscription'],
  ['req_1', 'request'],
  ['out_1', 'outcome'],
  ['id_1', 'identity'],
  ['user_1', 'external'],
  ['', 'external'],
])('an id like "%s" is taken for one of kind %s', (id, kind) => {
  expect(kindOf(id)).toBe(kind);
});

describe.each([
  ['Redis', redisBackend],
  ['PGlite', pgliteBackend],
])('find on %s', (_name, open) => {
  let backend: Backend;
  let records: Records;
  let find: Find;

  beforeAll(async () => {
    backend = await open();
    ({ first: records } = await backend.fresh());
    find = createFind(records);
    await records.customers.change('cus_1', () => ({
      ...blankRecord('cus_1'),
      externalId: 'user_1',
      identityId: 'id_1',
    }));
    await records.claims.change('user_1', () => ({
      externalId: 'user_1',
      customerId: 'cus_1',
      granting: true,
      contenders: [],
    }));
    await records.outcomes.put(anOutcome({ id: 'out_1', finishedAt: at(10) }), 1);
    const quiet = { requestId: 'req_read', requests: [] };
    const cause = { kind: 'manual', eventIds: [], type: null, receivedAt: null } as const;
    await records.outcomes.put(anOutcome({ id: 'out_2', finishedAt: at(30), ...quiet, cause }), 2);
    await records.outcomes.put(
      anOutcome({
        id: 'out_x',
        finishedAt: at(31),
        customerId: 'cus_2',
        subscriptionIds: [],
        ...quiet,
        cause,
      }),
    );
  });

  afterAll(() => backend.stop());

  test.each([
    ['the outcome itself', 'out_1', 'outcome'],
    ['the request of the update', 'req_update', 'request'],
    ['a request to Stripe', 'req_list', 'request'],
    ['the event', 'evt_1', 'event'],
  ])('%s leads to its outcome and its customer', async (_what, id, kind) => {
    const found = await find(id);
    expect(found.kind).toBe(kind);
    expect(ids(found)).toEqual(['out_1']);
    expect(found.customer?.customerId).toBe('cus_1');
  });

  test.each([
    ['the customer', 'cus_1'],
    ['the subscription', 'sub_1'],
  ])('%s leads to all its outcomes, newest first', async (_what, id) => {
    expect(ids(await find(id))).toEqual(['out_2', 'out_1']);
  });

  test.each([
    ['the id', 'id_1'],
    ['the external id', 'user_1'],
  ])('%s of an identity leads to the outcomes of all customers that share it', async (_what, id) => {
    expect(ids(await find(id))).toEqual(['out_x', 'out_2', 'out_1']);
  });

  test('an event whose id is in no outcome leads to the first sync of its customer after it, whatever the clocks say', async () => {
    const note = { type: 'customer.subscription.updated', customerIds: ['cus_1'], tickets: { cus_1: 1 } };
    await records.outcomes.noteEvent({ eventId: 'evt_coalesced', receivedAt: at(20_000), ...note });
    const found = await find('evt_coalesced');
    expect(found.event?.receivedAt).toBe(at(20_000));
    expect(ids(found)).toEqual(['out_2']);
    expect(found.customer?.customerId).toBe('cus_1');
  });

  test('an event that no sync has answered yet leads to its customer and to no outcome', async () => {
    const note = { type: 'customer.subscription.updated', customerIds: ['cus_1'], tickets: { cus_1: 2 } };
    await records.outcomes.noteEvent({ eventId: 'evt_waiting', receivedAt: at(0), ...note });
    const found = await find('evt_waiting');
    expect(found.outcomes).toEqual([]);
    expect(found.customer?.customerId).toBe('cus_1');
  });

  test('an external id whose outcomes are gone still leads to its customer, through the claim', async () => {
    await records.claims.change('user_9', () => ({
      externalId: 'user_9',
      customerId: 'cus_1',
      granting: true,
      contenders: [],
    }));
    const found = await find('user_9');
    expect(found.outcomes).toEqual([]);
    expect(found.customer?.customerId).toBe('cus_1');
  });

  test('an external id that looks like an outcome finds what it names', async () => {
    const identity = { externalId: 'out_door', id: 'id_9' };
    await records.outcomes.put(anOutcome({ id: 'out_3', finishedAt: at(40), customerId: 'cus_9', identity }));
    expect(ids(await find('out_door'))).toEqual(['out_3']);
  });

  test('an id that nobody knows finds nothing', async () => {
    expect(await find('user_nobody')).toEqual({
      kind: 'external',
      event: null,
      customer: null,
      outcomes: [],
    });
  });

  test('one outcome is found by its id and by the id of any request in it, and by nothing else', async () => {
    const get = createGetOutcome(records.outcomes);
    expect((await get('out_2'))?.id).toBe('out_2');
    expect((await get('req_read'))?.id).toBe('out_x');
    expect((await get('req_get'))?.id).toMatch(/^out_[13]$/);
    expect(await get('cus_1')).toBeNull();
    expect(await get('out_nobody')).toBeNull();
  });
});
