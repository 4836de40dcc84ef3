/**
 * For tests in which processes are killed and clocks run: where nobody looks on, a late machine gets a second chance,
 * and the report names the test that needed it. Never for a test whose course is random: that one would be another.
 */
export const lateMachine = { retry: process.env['CI'] === 'true' ? 1 : 0 };
