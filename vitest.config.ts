import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores: more files at once only make each other late.
    maxWorkers: 2,
    pool: 'forks',
    // Processes are killed and clocks run here; where nobody looks on, a late machine gets a second chance, and the
    // report names the test that needed it.
    retry: process.env['CI'] === 'true' ? 1 : 0,
  },
});
