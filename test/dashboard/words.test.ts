import { describe, expect, it } from 'vitest';
import type { TimelineEntry } from '../../dashboard/src/api/types.ts';
import { nextLook } from '../../dashboard/src/views/customer/timeline/next-look.ts';
import { planValue } from '../../dashboard/src/views/plan-file/plan-value.ts';
import { anOutcome } from '../support/outcome-fixture.ts';

describe('what became of a write that was not read back', () => {
  const entry = (status: 'applied' | 'unchanged' | 'failed'): TimelineEntry => ({
    at: new Date(0).toISOString(),
    events: [],
    state: 'synced',
    outcome: anOutcome({ id: `out_${status}`, finishedAt: 0, status }),
  });

  it.each([
    ['nothing yet', [], null],
    ['a failure saw nothing', [entry('failed')], null],
    ['the next sync found it as it should be', [entry('applied'), entry('unchanged')], 'unchanged'],
    ['the next sync wrote again', [entry('unchanged'), entry('applied'), entry('failed')], 'applied'],
  ])('%s', (_name, newer, found) => {
    expect(nextLook(newer)).toBe(found);
  });
});

describe('a difference between plan files', () => {
  it.each([
    ['plans.team.rank', null, '–'],
    ['plans.team.rank', '20', '20'],
    ['access.past_due.grace', '604800000', '7d'],
    ['plans.team.ratelimits.requests.duration', '90000', '90s'],
    ['plans.team.meta.plan', '"team"', 'team'],
    [
      'plans.team.match',
      '[{"lookupKey":["a","b"]},{"product":["prod_1"]}]',
      '- lookupKey: [a, b]\n- product: prod_1',
    ],
    [
      'addons.boost',
      '{"match":[{"lookupKey":["boost"]}],"ratelimits":{"requests":{"add":1000}}}',
      'match:\n  - lookupKey: boost\nratelimits:\n  requests:\n    add: 1000',
    ],
  ])('at %s, %s reads as one writes it', (path, json, text) => {
    expect(planValue(path, json)).toBe(text);
  });
});
