import { expect, it } from 'vitest';
import { readSearch } from '../../dashboard/src/text/search-term.ts';

it.each([
  ['  ', { kind: 'nothing' }],
  ['cus_N4mzXr1', { kind: 'customer', id: 'cus_N4mzXr1' }],
  [' evt_1\n', { kind: 'id', id: 'evt_1', what: 'event' }],
  ['req_abc', { kind: 'id', id: 'req_abc', what: 'request' }],
  ['user_123', { kind: 'id', id: 'user_123', what: 'external id' }],
  ['Sam@Example.com', { kind: 'email', email: 'Sam@Example.com' }],
  ['org:42/sam@work', { kind: 'id', id: 'org:42/sam@work', what: 'external id' }],
  ['https://dashboard.stripe.com/test/customers/cus_1', { kind: 'customer', id: 'cus_1' }],
  [
    'https://dashboard.stripe.com/acct_1/test/customers/cus_1?open=sub_9',
    { kind: 'id', id: 'sub_9', what: 'subscription' },
  ],
  ['https://dashboard.stripe.com/subscriptions/sub_1', { kind: 'id', id: 'sub_1', what: 'subscription' }],
  ['https://dashboard.stripe.com/workbench/events/evt_1', { kind: 'id', id: 'evt_1', what: 'event' }],
  ['https://app.unkey.com/acme/identities/id_3Xy', { kind: 'id', id: 'id_3Xy', what: 'identity' }],
  ['https://example.com/nothing', { kind: 'id', id: 'https://example.com/nothing', what: 'external id' }],
])('reads %j', (text, term) => {
  expect(readSearch(text)).toEqual(term);
});
