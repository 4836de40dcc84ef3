import { expect, it } from 'vitest';
import { searchesFor } from '../../../src/domain/customer/other-customers.ts';
import { loadPlanFile } from '../../../src/plan-file/load.ts';

function searched(...templates: string[]) {
  return searchedFor('user_1', ...templates);
}

function searchedFor(externalId: string, ...templates: string[]) {
  const text = JSON.stringify({
    version: 1,
    identity: { externalId: templates },
    plans: { free: { rank: 0, meta: { plan: 'free' } } },
    fallback: 'free',
  });
  const loaded = loadPlanFile(text, 'plans.json');
  if (!loaded.ok) throw new Error('The plan file of this test is wrong.');
  return searchesFor(loaded.planFile, externalId);
}

it('searches by the metadata that a lone template reads', () => {
  expect(searched('{{customer.metadata.user_id}}', '{{ subscription.metadata.user id }}')).toEqual({
    searches: [
      { object: 'customer', key: 'user_id', value: 'user_1' },
      { object: 'subscription', key: 'user id', value: 'user_1' },
    ],
    complete: true,
  });
});

it('knows that no two customers share an id', () => {
  expect(searched('{{customer.id}}')).toEqual({ searches: [], complete: true });
});

it('says where a template allows no search', () => {
  expect(searched('org_{{customer.metadata.org}}')).toEqual({ searches: [], complete: false });
  expect(searched('{{checkout.clientReferenceId}}', '{{customer.metadata.user_id}}')).toEqual({
    searches: [{ object: 'customer', key: 'user_id', value: 'user_1' }],
    complete: false,
  });
});

it('searches by what stands behind the account, for ids that begin with one', () => {
  const templates = ['{{account}}.{{customer.metadata.user_id}}', '{{customer.metadata.user_id}}'];
  const by = (value: string) => ({ object: 'customer', key: 'user_id', value });
  expect(searchedFor('acct_1.user_1', ...templates)).toEqual({
    searches: [by('user_1'), by('acct_1.user_1')],
    complete: true,
  });
  expect(searchedFor('user_1', ...templates)).toEqual({ searches: [by('user_1')], complete: true });
});
