import { describe, expect, it } from 'vitest';
import { formatProblem, loadPlanFile } from '../../../src/plan-file/load.ts';
import { brokenPlanFiles } from '../../fixtures/plans/broken.ts';

describe('P10: a plan file that cannot be used says everything that is wrong, where, and what to do', () => {
  it.each(brokenPlanFiles)('$name', ({ text, says }) => {
    const loaded = loadPlanFile(text, 'plans.yaml');
    expect(loaded.ok ? ['it was taken'] : loaded.problems.map(formatProblem)).toEqual(says);
  });

  it('has at least fifty such files, each with at least one sentence', () => {
    expect(brokenPlanFiles.length).toBeGreaterThanOrEqual(50);
    expect(brokenPlanFiles.filter(({ says }) => says.length === 0)).toEqual([]);
  });
});
