import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The longest first: one of them at the end would have a core wait for it. */
const longest = [
  'chaos/chaos',
  'pipeline/processes',
  'scale/scale',
  'store/embedded/embedded',
  'pipeline/notifications-killed',
  'reconcile/fleet',
  'pipeline/reconcile-killed',
  'docs/mentioned',
  'docs/typed',
  'pipeline/convergence',
  'pipeline/failures',
  'pipeline/standstill',
  'cli/reconcile',
  'cli/operate',
  'pipeline/replay',
  'dashboard/page',
  'contracts/queues-embedded',
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
    // A process takes one file after the other: to load the program anew for each was a third of what the tests take.
    isolate: false,
  },
});
