import { expect, it } from 'vitest';
import { stripePage } from '../../dashboard/src/text/stripe-page.ts';

const [live, testing] = [
  'https://dashboard.stripe.com/customers/',
  'https://dashboard.stripe.com/test/customers/',
];

it.each([
  [live, 'cus_1', 'https://dashboard.stripe.com/customers/cus_1'],
  [live, 'acct_1/cus_1', 'https://dashboard.stripe.com/acct_1/customers/cus_1'],
  [testing, 'acct_1/cus_1', 'https://dashboard.stripe.com/acct_1/test/customers/cus_1'],
])('the page of a customer is among those of its account: %s and %s', (base, id, page) => {
  expect(stripePage(base, id)).toBe(page);
});
