import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The longest first: one of them at the end would have a core wait for it. */
const longest = [
  'chaos/chaos',
  'pipeline/processes',
  'scale/scale',
  'cli/operate',
  'embedded/embedded',
  'docs/typed',
  'pipeline/privacy',
  'pipeline/processes-embedded',
  'pipeline/plan-file',
  'pipeline/failures',
  'pipeline/convergence',
  'pipeline/long-outage',
  'pipeline/replay',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const at = longest.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return at < 0 ? longest.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}

export default defineConfig({
  test: {
    globalSetup: ['test/support/before-all.ts'],
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // On two cores: a third file works while others wait for processes, clocks and databases; more make each other late.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    pool: 'forks',
  },
});
