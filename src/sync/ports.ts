import type { MetadataSearch } from '../domain/customer/other-customers.ts';
import type {
  Identity,
  IdentityUpdate,
  Limits,
  Meta,
  OverrideSetting,
  Rate,
} from '../domain/identity/identity.ts';
import type { Outcome } from '../domain/outcome/outcome.ts';
import type { PlanFile } from '../domain/plan-file/plan-file.ts';
import type { AttemptStore, ClaimStore, CustomerStore, OutcomeStore } from '../domain/ports.ts';
import type { ReadingNeeds, StripeState } from '../domain/subscription.ts';
import type { Tracer } from '../domain/tracing.ts';
import type { Answer } from '../domain/upstream/failure.ts';
import type { Waits } from '../domain/upstream/waits.ts';
import type { AskedObject } from '../domain/work.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import type { AdmitDowngrade } from './downgrade-guard.ts';
import type { RequestSync } from './request-sync.ts';

/** What the use cases need of the world. Adapters fit by shape; context.ts is where they meet. */

interface FoundCustomers {
  readonly customerIds: readonly string[];
  readonly complete: boolean;
}

export interface StripeReader {
  /** The customer with its subscriptions as they are now: all pages, all items. An unknown customer is null. */
  readCustomer(customerId: string, needs: ReadingNeeds): Promise<Answer<StripeState | null>>;
  /** The customer behind a subscription, invoice or Checkout session; null when there is none. */
  customerOf(object: AskedObject, id: string): Promise<Answer<string | null>>;
  /**
   * Customers that Stripe's search finds; it may not know yet of what was made within the last minutes. With many
   * connected accounts only that of `near`, a customer, is searched beside our own: then it is not `complete`.
   */
  customersLike(searches: readonly MetadataSearch[], near: string | null): Promise<Answer<FoundCustomers>>;
}

/** Unkey's identities, and the overrides of their external ids; what is missing is the value null, not a failure. */
export interface IdentityReader {
  /** Without overrides. */
  get(identity: string): Promise<Answer<Identity | null>>;
  /** null also where the root key may not read it, and where only a wildcard fits. */
  getOverride(of: Pick<OverrideSetting, 'namespace' | 'identifier'>): Promise<Answer<Rate | null>>;
}

/** Apart from the reader: a dry run is given none that reaches Unkey. */
export interface IdentityWriter {
  /** null: Unkey says that this identity does not exist. */
  update(update: IdentityUpdate): Promise<Answer<{ readonly id: string } | null>>;
  /** `existed` when Unkey answered 409: someone else made it meanwhile. */
  create(input: {
    readonly externalId: string;
    readonly meta: Meta;
    readonly ratelimits: Limits;
  }): Promise<Answer<{ readonly id: string | null; readonly existed: boolean }>>;
  setOverride(setting: OverrideSetting): Promise<Answer<null>>;
}

export type IdentityGateway = IdentityReader & IdentityWriter;

/** The upstreams as a sync asks them. */
export interface Upstreams {
  readonly stripe: Pick<StripeReader, 'readCustomer' | 'customersLike'>;
  readonly unkey: IdentityGateway;
}

/** The plan file that a process runs with. */
export interface Plans {
  readonly planFile: PlanFile;
  /** `sha256:…` of its content. */
  readonly hash: string;
}

/** What it takes to decide for a customer and to make the identity so; a dry run brings stores of its own. */
export interface RunDeps {
  readonly customers: Pick<CustomerStore, 'read' | 'change'>;
  readonly claims: ClaimStore;
  readonly requestSync: RequestSync;
  /** null: the guard is off. */
  readonly admitDowngrade: AdmitDowngrade | null;
  readonly settings: { readonly confirmAfterMs: number };
  readonly waits: Waits;
  readonly now: () => number;
}

/** Everything that a sync needs of its process. */
export interface SyncDeps extends RunDeps, Upstreams {
  readonly customers: Pick<CustomerStore, 'read' | 'change' | 'forget'>;
  readonly outcomes: Pick<OutcomeStore, 'get' | 'change'>;
  readonly attempts: AttemptStore;
  readonly breaker: CircuitBreaker;
  readonly plans: () => Plans;
  /** The catalogue's epoch as the store has it: an old cache is emptied by it. */
  readonly useCatalogEpoch: (epoch: number) => void;
  readonly settings: { readonly confirmAfterMs: number; readonly attempts: number };
  /** From 0 to 1. */
  readonly random: () => number;
  readonly newOutcomeId: (now: number) => string;
  /** Told of every outcome once it is stored: the log line and the metrics. */
  readonly announce: (outcome: Outcome) => void;
  /** Absent: nothing is traced. */
  readonly tracer?: Tracer;
}
