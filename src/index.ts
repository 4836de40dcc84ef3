/** Planwire inside another program: `import { createPlanwire } from 'planwire'`. */
export { createPlanwire } from './embed/create-planwire.ts';
export type { Planwire } from './embed/create-planwire.ts';
export type { PlanwireEvents } from './embed/listeners.ts';
export type { PlanwireOptions, StoreChoice } from './embed/options.ts';
export { PlanwireOptionsError } from './embed/settings.ts';
export type { Change, Outcome, OutcomeError, OutcomeStatus } from './domain/outcome/outcome.ts';
export type { Preview } from './domain/views/customer-view.ts';
