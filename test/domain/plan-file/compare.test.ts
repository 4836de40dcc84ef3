import { expect, it } from 'vitest';
import { comparePlanFiles } from '../../../src/domain/plan-file/compare.ts';
import { planFileOf, shop, shopWith } from '../build.ts';

const compared = (text: string) => comparePlanFiles(planFileOf(shop), planFileOf(text));

it('two plan files differ in nothing where they only are written otherwise', () => {
  expect(compared(`# a comment\n${shop.replace('duration: 1h }', 'duration: 60m }')}`)).toEqual([]);
});

it('each place that differs is named, with what it was and what it is', () => {
  expect(compared(shopWith('{ limit: 9000, duration: 1h }', '{ limit: 8000, duration: 1d }'))).toEqual([
    { path: 'plans.pro.ratelimits.requests.duration', before: '3600000', after: '86400000' },
    { path: 'plans.pro.ratelimits.requests.limit', before: '9000', after: '8000' },
  ]);
});

it('what is new or gone is one difference, and a list is one value', () => {
  expect(compared(shopWith('past_due: { grace: 7d }', 'unpaid: full'))).toEqual([
    { path: 'access.past_due', before: '{"grace":604800000}', after: null },
    { path: 'access.unpaid', before: null, after: '"full"' },
  ]);
  expect(compared(shopWith('[team_monthly, team_yearly]', '[team_monthly]'))).toEqual([
    {
      path: 'plans.team.match',
      before: '[{"lookupKey":["team_monthly","team_yearly"]},{"product":["prod_team"]}]',
      after: '[{"lookupKey":["team_monthly"]},{"product":["prod_team"]}]',
    },
  ]);
});
