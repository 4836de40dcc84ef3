import type { Preview, PreviewInput } from '../domain/views/customer-view.ts';
import type { Concern } from '../domain/work.ts';
import { changeIn, errorIn, type Conclusion } from '../sync/conclusion.ts';
import { customerOfConcern, type createCustomersOf } from './customers-of.ts';
import type { StripeReader } from '../sync/ports.ts';
import { comingUp, type ComingUpDeps } from './coming-up.ts';
import { dryRun, type DryRunDeps } from './dry-run.ts';
import { keysUnder } from './keys-under.ts';
import type { KeysOf } from './ports.ts';

export type PreviewDeps = DryRunDeps &
  ComingUpDeps & {
    readonly stripe: StripeReader;
    readonly keysOf: KeysOf | null;
    readonly customersOf: ReturnType<typeof createCustomersOf>;
    readonly classify: (event: unknown) => { readonly concern: Concern };
  };

/** null: nobody knows such a customer, or the event concerns none. */
export function createPreview(deps: PreviewDeps): (input: PreviewInput) => Promise<Preview | null> {
  return async (input) => {
    const { customerIds, problem } = await lead(deps, input);
    if (problem !== null) return { ...nothingKnown, problems: [problem] };
    const [customerId] = customerIds;
    if (customerId === undefined) return null;
    const found = await dryRun(deps, customerId);
    if (found.record === null && found.state === null && found.problems.length === 0) return null;
    const { resolution, conclusion, identity, request, previousRequest, overrideRequests } = found;
    const { keys, problem: unread } = await keysUnder(deps.keysOf, resolution);
    const next = await comingUp(deps, customerId, found);
    const problems = [...found.problems, ...(unread === null ? [] : [unread]), ...next.problems];
    return {
      customerId,
      decision: resolution,
      identity,
      request,
      previousRequest,
      overrideRequests,
      keys,
      upcoming: next.upcoming,
      problems,
      status: statusOf(conclusion.kind),
      explanation: conclusion.explanation,
      error: errorIn(conclusion),
      change: changeIn(conclusion),
    };
  };
}

function lead(deps: PreviewDeps, input: PreviewInput): ReturnType<PreviewDeps['customersOf']> {
  if ('event' in input) return customerOfConcern(deps, deps.classify(input.event).concern);
  if ('id' in input) return deps.customersOf(input.id);
  return Promise.resolve({ customerIds: [input.customerId], problem: null });
}

const nothingKnown = {
  customerId: null,
  decision: null,
  identity: null,
  status: null,
  explanation: [],
  error: null,
  change: null,
  request: null,
  previousRequest: null,
  overrideRequests: [],
  keys: null,
  upcoming: [],
};

/** What the outcome of such a run is called. */
export function statusOf(kind: Conclusion['kind']): Preview['status'] {
  switch (kind) {
    case 'applied':
    case 'unchanged':
    case 'ignored':
    case 'held':
      return kind;
    case 'refused':
      return 'failed';
    // What an upstream's failure leads to depends on what happens next, and not on us.
    case 'upstream':
    case 'superseded':
    case 'interrupted':
      return null;
  }
}
