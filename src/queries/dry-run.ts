import { blankRecord, type Claim, type CustomerRecord } from '../domain/customer/customer-record.ts';
import type { UpstreamFailure } from '../domain/upstream/failure.ts';
import type {
  Identity,
  IdentityCreation,
  IdentityUpdate,
  OverrideSetting,
} from '../domain/identity/identity.ts';
import { ownedBy } from '../domain/identity/ownership.ts';
import { cause } from '../domain/customer/cause.ts';
import { takeTicket } from '../domain/customer/record-transitions.ts';
import { isStaleIn } from '../domain/plan-file/lease.ts';
import { resolve } from '../domain/resolve/resolve.ts';
import type { Resolution } from '../domain/resolve/resolution.ts';
import type { StripeState } from '../domain/subscription.ts';
import { noSpan } from '../domain/tracing.ts';
import type { Attempt } from '../sync/attempt.ts';
import type { Conclusion } from '../sync/conclusion.ts';
import { createDowngradeGuard } from '../sync/downgrade-guard.ts';
import { fullRun } from '../sync/full-run.ts';
import { readIdentity } from '../sync/read-identity.ts';
import type { IdentityReader, Plans, RunDeps, StripeReader, Upstreams } from '../sync/ports.ts';
import { isUpdate, nameIn, nothingSeen, readingOf, seenIdentity, writtenNowhere, type Seen } from './seen.ts';
import type { ClaimStore, CustomerStore, SharedValues } from '../domain/ports.ts';
import { catalogEpochName, planFileLeaseName } from '../domain/shared-names.ts';

/** Readers alone: whatever a dry run does, it has nothing to write with. */
export interface DryRunDeps extends Pick<RunDeps, 'waits' | 'now'> {
  readonly stripe: Pick<StripeReader, 'readCustomer' | 'customersLike'>;
  readonly unkey: IdentityReader;
  readonly claims: Pick<ClaimStore, 'read'>;
  readonly customers: Pick<CustomerStore, 'read' | 'counts'>;
  readonly shared: Pick<SharedValues, 'get'>;
  readonly plans: () => Plans;
  readonly settings: RunDeps['settings'] & {
    readonly guard: { readonly customers: number; readonly windowMs: number } | null;
  };
  readonly useCatalogEpoch: (epoch: number) => void;
}

/** What a sync would find and do now. A part that could not be read is null and named in `problems`. */
export interface DryRun {
  /** The record as it is stored; null for a customer never seen. */
  readonly record: CustomerRecord | null;
  /** null: Stripe has no such customer, or could not be read. */
  readonly state: StripeState | null;
  readonly resolution: Resolution | null;
  readonly identity: Identity | null;
  readonly conclusion: Conclusion;
  /** For the identity of the decision; null when nothing would be sent to it. */
  readonly request: IdentityUpdate | IdentityCreation | null;
  /** For the identity that this customer had before, which falls back. */
  readonly previousRequest: IdentityUpdate | null;
  /** Those of either identity: the identifier says of which. */
  readonly overrideRequests: readonly OverrideSetting[];
  readonly problems: readonly string[];
  /** Epoch ms. */
  readonly startedAt: number;
}

/**
 * The very run that a sync makes, on ports that read the world and only note what would be written: what it says is
 * what the next sync says, because there is no second implementation that could differ.
 */
export async function dryRun(deps: DryRunDeps, customerId: string): Promise<DryRun> {
  const plans = deps.plans();
  const [record, lease, epoch] = await Promise.all([
    deps.customers.read(customerId),
    deps.shared.get(planFileLeaseName),
    deps.shared.get(catalogEpochName),
  ]);
  deps.useCatalogEpoch(Number(epoch ?? 0));
  const startedAt = deps.now();
  const taken = takeTicket(record ?? blankRecord(customerId));
  const { ports, upstreams, seen } = setStage(deps, taken, startedAt);
  const attempt: Attempt = {
    ...upstreams,
    customerId,
    taken,
    plans,
    startedAt,
    cause: taken.inFlight ?? cause('manual'),
    requests: [],
    lost: () => false,
    releaseSlot: () => undefined,
    notes: [],
    span: noSpan,
    joined: { parent: undefined, links: [] },
  };
  const conclusion = await fullRun(ports, attempt);
  const { state, requests, failures } = seen;
  const resolution = state === null ? null : resolve(plans.planFile, state, taken, startedAt);
  const externalId = resolution?.externalId ?? taken.externalId;
  // A sync that may not write an identity does not read it; who asks wants to see it all the same.
  if (externalId !== null && !seen.asked.has(externalId)) {
    await readIdentity(upstreams.unkey, externalId, ownedBy(plans.planFile));
  }
  return {
    record,
    state,
    resolution,
    conclusion,
    identity: externalId === null ? null : seenIdentity(seen, externalId),
    request: requests.find((request) => nameIn(request) === externalId) ?? null,
    previousRequest: requests.filter(isUpdate).find((request) => nameIn(request) !== externalId) ?? null,
    overrideRequests: seen.settings,
    startedAt,
    problems: [...stalePlans(lease, plans.hash), ...failures.map(problemOf)],
  };
}

/** The ports of a sync, of which none writes: what it changes is kept here, and forgotten with it. */
function setStage(
  deps: DryRunDeps,
  taken: CustomerRecord,
  startedAt: number,
): { readonly ports: RunDeps; readonly upstreams: Upstreams; readonly seen: Seen } {
  const seen = nothingSeen();
  const { customers, shared, settings, waits } = deps;
  let record = taken;
  const ports: RunDeps = {
    settings,
    waits,
    claims: forgetfulClaims(deps.claims),
    customers: {
      read: customers.read,
      change: (_customerId, transition) => Promise.resolve((record = transition(record))),
    },
    requestSync: () => Promise.resolve({ ticket: 0 }),
    admitDowngrade: createDowngradeGuard({
      shared: { change: async (name, transition) => transition(await shared.get(name)) },
      customers,
      guard: settings.guard,
    }),
    now: () => startedAt,
  };
  const upstreams: Upstreams = {
    stripe: {
      customersLike: deps.stripe.customersLike,
      async readCustomer(customerId, needs) {
        const answer = await deps.stripe.readCustomer(customerId, needs);
        // Of an identity that two pay for, the other is read too.
        if (answer.ok && customerId === taken.customerId) seen.state = answer.value;
        if (!answer.ok) seen.failures.push(answer.failure);
        return answer;
      },
    },
    unkey: { ...readingOf(deps.unkey, seen), ...writtenNowhere(seen) },
  };
  return { ports, upstreams, seen };
}

function forgetfulClaims(claims: Pick<ClaimStore, 'read'>): ClaimStore {
  const changed = new Map<string, Claim | null>();
  const read = async (externalId: string): Promise<Claim | null> => {
    const held = changed.get(externalId);
    return held === undefined ? claims.read(externalId) : held;
  };
  return {
    read,
    async change(externalId, transition) {
      const claim = transition(await read(externalId));
      changed.set(externalId, claim);
      return claim;
    },
  };
}

function problemOf({ operation, title, status }: UpstreamFailure): string {
  return `${operation} did not succeed${status === null ? '' : ` (${status})`}: ${title}.`;
}

function stalePlans(lease: string | null, hash: string): readonly string[] {
  if (!isStaleIn(lease, hash)) return [];
  return [
    'The plan file read here is not the one that the running processes use: they may decide otherwise.',
  ];
}
