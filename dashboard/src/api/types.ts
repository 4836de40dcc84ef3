// Made from openapi.json by `npm run dashboard:types`; a test says when it is out of date.

/** The record of one attempt */
export type Outcome = {
  readonly id: string;
  readonly status: 'applied' | 'unchanged' | 'ignored' | 'retrying' | 'failed' | 'held';
  readonly requestId: string | null;
  readonly cause: {
    readonly kind:
      | 'event'
      | 'replay'
      | 'reconcile'
      | 'confirm'
      | 'expiry'
      | 'catalog'
      | 'catchUp'
      | 'planFile'
      | 'manual'
      | 'retry';
    readonly eventIds: readonly string[];
    readonly type: string | null;
    readonly receivedAt: string | null;
  };
  /** null: the event led to no customer */
  readonly customerId: string | null;
  readonly subscriptionIds: readonly string[];
  readonly identity: {
    readonly externalId: string | null;
    readonly id: string | null;
  };
  readonly plan: {
    readonly from: string | null;
    readonly to: string | null;
  };
  readonly planFile: string;
  readonly change: Change | null;
  readonly explanation: readonly string[];
  readonly confirmedAt: string | null;
  readonly error: OutcomeError | null;
  readonly attempt: number;
  readonly retryAt: string | null;
  readonly requests: readonly RequestTrace[];
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly durationMs: number;
};

/** Owned metadata keys and limits only */
export type Change = {
  readonly meta: {
    readonly before: Readonly<Record<string, unknown>>;
    readonly after: Readonly<Record<string, unknown>>;
  };
  readonly ratelimits: {
    readonly before: readonly {
      readonly limit: number;
      /** Milliseconds */
      readonly duration: number;
      readonly name: string;
      readonly autoApply: boolean;
    }[];
    readonly after: readonly {
      readonly limit: number;
      /** Milliseconds */
      readonly duration: number;
      readonly name: string;
      readonly autoApply: boolean;
    }[];
  };
  readonly overrides?: {
    readonly before: readonly {
      readonly limit: number;
      /** Milliseconds */
      readonly duration: number;
      readonly namespace: string;
    }[];
    readonly after: readonly {
      readonly limit: number;
      /** Milliseconds */
      readonly duration: number;
      readonly namespace: string;
    }[];
  };
};

export type OutcomeError = {
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly status: number | null;
  /** Unkey's own link */
  readonly docs: string | null;
  readonly retryable: boolean;
};

export type RequestTrace = {
  readonly service: 'stripe' | 'unkey';
  readonly operation: string;
  readonly requestId: string | null;
  /** HTTP status; null when no answer came */
  readonly status: number | null;
  readonly ms: number;
};

/** One sentence that names the place and the remedy */
export type Problem = {
  readonly error: {
    readonly code: string;
    readonly message: string;
  };
};

/** An event that a worker has taken up */
export type Event = {
  readonly eventId: string;
  readonly type: string;
  readonly receivedAt: string;
  readonly customerIds: readonly string[];
};

/** What is durably known of a customer */
export type Customer = {
  readonly customerId: string;
  readonly externalId: string | null;
  readonly identityId: string | null;
  /** External ids whose identities still have to fall back */
  readonly movedFrom: readonly string[];
  readonly plan: string | null;
  readonly rank: number | null;
  readonly granting: boolean;
  readonly dirtySince: string | null;
  readonly unconfirmedSince: string | null;
  readonly failingSince: string | null;
  readonly failingCode: string | null;
  readonly heldSince: string | null;
  readonly releaseGranted: boolean;
  readonly pastDueSince: string | null;
  readonly validUntil: string | null;
  readonly planFileHash: string | null;
  readonly attempts: number;
  readonly lastSyncAt: string | null;
  readonly nextCheckAt: string | null;
  readonly recentEventIds: readonly string[];
  readonly written: {
    readonly meta: {
      readonly hash: string | null;
      readonly at: string;
    } | null;
    readonly ratelimits: {
      readonly hash: string | null;
      readonly at: string;
    } | null;
    readonly overrides?: {
      readonly hash: string | null;
      readonly at: string;
    } | null;
  };
  readonly lastWriteOutcomeId: string | null;
};

/** What the plan file makes of the customer's present subscriptions */
export type Decision =
  | {
      readonly kind: 'decided';
      readonly plan: string | null;
      readonly rank: number | null;
      readonly granting: boolean;
      readonly externalId: string | null;
      readonly wanted: {
        readonly meta: Readonly<Record<string, unknown>>;
        readonly ratelimits: Readonly<
          Record<
            string,
            {
              readonly limit: number;
              /** Milliseconds */
              readonly duration: number;
              readonly autoApply: boolean;
            }
          >
        >;
        /** Overrides by namespace; absent where the plan file names none */
        readonly overrides?: Readonly<
          Record<
            string,
            {
              readonly limit: number;
              /** Milliseconds */
              readonly duration: number;
            }
          >
        >;
      };
      /** How each limit comes to its number */
      readonly sums: Readonly<Record<string, readonly LimitPart[]>>;
      /** How each override comes to its number, by namespace */
      readonly overrideSums?: Readonly<Record<string, readonly LimitPart[]>>;
      readonly validUntil: string | null;
      readonly pastDueSince: string | null;
      readonly subscriptionIds: readonly string[];
      readonly explanation: readonly string[];
    }
  | {
      readonly kind: 'refused';
      readonly code: string;
      readonly detail: string;
      readonly subscriptionIds: readonly string[];
      readonly explanation: readonly string[];
    }
  | null;

/** What a limit is made of; the amounts add up to it */
export type LimitPart =
  | {
      readonly kind: 'plan';
      readonly amount: number;
    }
  | {
      readonly kind: 'units';
      readonly each: number;
      readonly count: number;
      readonly amount: number;
    }
  | {
      readonly kind: 'addon';
      readonly addon: string;
      readonly each: number;
      readonly count: number;
      readonly amount: number;
    }
  | {
      readonly kind: 'override';
      /** Of the customer's metadata */
      readonly key: string;
      readonly amount: number;
    };

/** The identity as Unkey has it now */
export type Identity = {
  readonly id: string;
  readonly externalId: string;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly ratelimits: Readonly<
    Record<
      string,
      {
        readonly limit: number;
        /** Milliseconds */
        readonly duration: number;
        readonly autoApply: boolean;
      }
    >
  >;
  /** Overrides by namespace; absent where the plan file names none */
  readonly overrides?: Readonly<
    Record<
      string,
      {
        readonly limit: number;
        /** Milliseconds */
        readonly duration: number;
      }
    >
  >;
};

/** As Stripe has it now */
export type Subscription = {
  readonly id: string;
  readonly status: string;
  readonly createdAt: string;
  readonly cancelAt: string | null;
  readonly cancelAtPeriodEnd: boolean;
  readonly currentPeriodEnd: string | null;
  readonly trialEnd: string | null;
  /** Since when money is owed; read only while it counts */
  readonly owedSince: string | null;
  readonly items: readonly {
    readonly id: string;
    readonly priceId: string;
    readonly lookupKey: string | null;
    readonly productId: string;
    readonly quantity: number | null;
    /** The plans and add-ons that it is matched to */
    readonly of: readonly string[];
  }[];
};

/** What the passing of time alone will change */
export type Upcoming = {
  readonly at: string;
  readonly kind: 'subscriptionEnds' | 'graceEnds' | 'trialEnds' | 'phaseBegins';
  readonly subscriptionId: string | null;
  /** null: it depends on what happens until then */
  readonly after: {
    readonly plan: string | null;
    readonly ratelimits: Readonly<
      Record<
        string,
        {
          readonly limit: number;
          /** Milliseconds */
          readonly duration: number;
          readonly autoApply: boolean;
        }
      >
    >;
    /** Overrides by namespace; absent where the plan file names none */
    readonly overrides?: Readonly<
      Record<
        string,
        {
          readonly limit: number;
          /** Milliseconds */
          readonly duration: number;
        }
      >
    >;
    /** Why nothing could be decided then */
    readonly refused: string | null;
  } | null;
};

/** The exact body of identities.updateIdentity */
export type IdentityUpdate = {
  readonly identity: string;
  readonly meta?: Readonly<Record<string, unknown>>;
  readonly ratelimits?: readonly {
    readonly limit: number;
    /** Milliseconds */
    readonly duration: number;
    readonly autoApply: boolean;
    readonly name: string;
  }[];
};

/** The exact body of identities.createIdentity */
export type IdentityCreation = {
  readonly externalId: string;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly ratelimits: readonly {
    readonly limit: number;
    /** Milliseconds */
    readonly duration: number;
    readonly autoApply: boolean;
    readonly name: string;
  }[];
};

/** The exact body of ratelimit.setOverride */
export type OverrideSetting = {
  readonly limit: number;
  /** Milliseconds */
  readonly duration: number;
  readonly namespace: string;
  readonly identifier: string;
};

/** A sync with the events that it answered, or an event without one */
export type TimelineEntry = {
  readonly at: string;
  /** waiting: its sync has not ended. onItsWay: made a moment ago. covered: it never arrived, and a later sync has read what it changed. lost: it never arrived, and nobody has looked since */
  readonly state: 'synced' | 'waiting' | 'onItsWay' | 'covered' | 'lost';
  readonly events: readonly {
    readonly eventId: string;
    readonly type: string | null;
    /** By Stripe; null: not asked about */
    readonly madeAt: string | null;
    readonly receivedAt: string | null;
  }[];
  readonly outcome: Outcome | null;
};

/** A look at everybody, and what it came to so far */
export type Reconciliation = {
  readonly run: Run;
  readonly drift: {
    readonly customers: number;
    /** Customers and identities by class; a class that nobody is in is left out */
    readonly counts: {
      readonly claimed_twice?: number;
      readonly identity_missing?: number;
      readonly limit_missing?: number;
      readonly limit_differs?: number;
      readonly meta_differs?: number;
      readonly held?: number;
      readonly unmapped?: number;
      readonly no_external_id?: number;
      readonly key_overrides_limit?: number;
      readonly identity_without_customer?: number;
      readonly could_not_tell?: number;
      readonly never_subscribed?: number;
      readonly in_step?: number;
    };
    /** Of all classes that are a difference */
    readonly differing: number;
    readonly repaired: number;
    /** Held before, or held back instead of lowered by this run */
    readonly held: number;
    readonly stripeReads: number;
    readonly unkeyReads: number;
    readonly seconds: number;
  };
};

/** Bulk work: whatever concerns many customers */
export type Run = {
  readonly id: string;
  readonly kind: 'replay' | 'release-held' | 'refresh-catalog' | 'plan-change' | 'reconcile' | 'catch-up';
  /** Whom it is for */
  readonly selection: Readonly<Record<string, unknown>>;
  readonly options: Readonly<Record<string, unknown>>;
  /** `paused` goes on once it is resumed; the last three have ended */
  readonly state: 'running' | 'paused' | 'done' | 'aborted' | 'failed';
  /** Where it goes on, in a notation of its own */
  readonly cursor: string | null;
  /** Of `customers`, `done` are seen to; the rest depends on the kind */
  readonly counts: Readonly<Record<string, number>>;
  /** null: it waits for its first turn */
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly requestedBy: string;
  /** Why it was asked for, or how it ended */
  readonly note: string | null;
  readonly expiresAt: string;
};

export type OverviewCell = {
  readonly at: string;
  readonly statuses: {
    readonly applied?: number;
    readonly unchanged?: number;
    readonly ignored?: number;
    readonly retrying?: number;
    readonly failed?: number;
    readonly held?: number;
  };
  /** From the arrival of an event to the applied change, ms */
  readonly applied: {
    readonly p50: number | null;
    readonly p99: number | null;
    readonly count: number;
  };
  /** From the arrival of an event to the start of its sync, ms */
  readonly waited: {
    readonly p50: number | null;
    readonly p99: number | null;
  };
  readonly stripe: UpstreamNumbers;
  readonly unkey: UpstreamNumbers;
};

export type UpstreamNumbers = {
  readonly p50: number | null;
  readonly p99: number | null;
  readonly calls: number;
  /** Answered 429 */
  readonly throttled: number;
  /** Answered 5xx, or not at all */
  readonly failed: number;
};

/** Everything that went wrong for one reason */
export type ProblemGroup = {
  /** `error.code` of its outcomes */
  readonly code: string;
  readonly title: string;
  /** What happened, and mostly what to do */
  readonly detail: string;
  readonly docs: string | null;
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly outcomes: number;
  readonly customers: number;
  /** Of the customers, those still failing */
  readonly failing: number;
  /** Right again by themselves */
  readonly healed: number;
  /** Right again after somebody asked for a sync */
  readonly replayed: number;
  /** It was over for half an hour at least, and came back */
  readonly recurring: boolean;
  readonly acknowledged: {
    readonly at: string;
    readonly by: string;
  } | null;
  readonly state: 'open' | 'acknowledged' | 'resolved';
  /** Some customers, those still failing first */
  readonly examples: readonly string[];
  readonly newestOutcomeId: string | null;
};

/** What an operator did */
export type AuditEntry = {
  readonly id: string;
  readonly at: string;
  readonly action:
    'sync' | 'replay' | 'release' | 'reconcile' | 'catch-up' | 'abort-run' | 'acknowledge-problem';
  /** Whom or what it is for, by the fields of the request */
  readonly target: Readonly<Record<string, string | number | boolean>>;
  /** The name of the token; `command line` where a command worked on the store itself */
  readonly by: string;
  readonly from: {
    readonly via: 'dashboard' | 'command line' | 'api' | 'in process';
    /** Of whoever opened the connection: behind a proxy, the proxy */
    readonly address: string | null;
    /** Whom the nearest proxy named; without a proxy anybody may claim it */
    readonly forwardedFor: string | null;
  };
  /** `asked`: the process ended meanwhile, it may have been done; `nothing`: there was nothing to do it to */
  readonly result: 'asked' | 'done' | 'nothing' | 'failed';
  /** How many it concerned; of a run, those found so far; null: not known, or none in particular */
  readonly customers: number | null;
  /** The run that does the work; null: it was done at once */
  readonly runId: string | null;
};

export type Plan = {
  readonly name: string;
  readonly rank: number;
  /** Of customers to whom nothing grants a plan */
  readonly fallback: boolean;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly ratelimits: Readonly<
    Record<
      string,
      {
        readonly limit: number;
        readonly perUnit: number;
        readonly included: number;
        /** Milliseconds */
        readonly duration: number;
        readonly autoApply: boolean;
      }
    >
  >;
  /** By namespace */
  readonly overrides?: Readonly<
    Record<
      string,
      {
        readonly limit: number;
        readonly perUnit: number;
        readonly included: number;
        /** Milliseconds */
        readonly duration: number;
      }
    >
  >;
};

export interface Operations {
  /** Outcomes, newest first */
  'GET /v1/outcomes': {
    params: {};
    query: {
      status?: 'applied' | 'unchanged' | 'ignored' | 'retrying' | 'failed' | 'held';
      customer?: string;
      identity?: string;
      error?: string;
      since?: string;
      until?: string;
      limit?: string;
      cursor?: string;
    };
    body: undefined;
    answer: {
      readonly outcomes: readonly Outcome[];
      readonly nextCursor: string | null;
    };
  };
  /** One outcome, by its id or by the id of a request in it */
  'GET /v1/outcomes/{id}': { params: { id: string }; query: {}; body: undefined; answer: Outcome };
  /** Everything known about an id: of an event, customer, subscription, request, outcome or identity */
  'GET /v1/find/{anyId}': {
    params: { anyId: string };
    query: {};
    body: undefined;
    answer: {
      readonly kind:
        | 'event'
        | 'customer'
        | 'account'
        | 'subscription'
        | 'invoice'
        | 'checkoutSession'
        | 'charge'
        | 'paymentIntent'
        | 'price'
        | 'product'
        | 'request'
        | 'outcome'
        | 'identity'
        | 'external';
      readonly event?: Event;
      readonly customer?: Customer;
      readonly outcomes: readonly Outcome[];
    };
  };
  /** The customers that have an e-mail in Stripe now; it is asked for and kept nowhere */
  'POST /v1/lookups': {
    params: {};
    query: {};
    body: {
      readonly email: string;
    };
    answer: {
      readonly customers: readonly {
        readonly customerId: string;
        readonly customer: Customer | null;
      }[];
      /** Why Stripe could not be asked */
      readonly problem: string | null;
    };
  };
  /** A customer: the record, the decision with its explanation, the identity as it is, the drift, and what comes next */
  'GET /v1/customers/{customer}': {
    params: { customer: string };
    query: {};
    body: undefined;
    answer: {
      readonly customer: Customer;
      readonly decision: Decision;
      readonly identity: Identity | null;
      /** null: not known, see problems */
      readonly drift: boolean | null;
      readonly change: Change | null;
      readonly subscriptions: readonly Subscription[];
      readonly upcoming: readonly Upcoming[];
      /** Keys with limits of their own, which beat the identity; null without UNKEY_API_ID */
      readonly keys: {
        /** null: they could not be read, or not in time */
        readonly count: number | null;
        readonly overriding: readonly {
          readonly limit: string;
          readonly keyIds: readonly string[];
        }[];
      } | null;
      /** What a sync would come to now; null: not known */
      readonly status: 'applied' | 'unchanged' | 'ignored' | 'retrying' | 'failed' | 'held' | null;
      readonly error: {
        readonly code: string;
        readonly detail: string;
      } | null;
      /** What a sync would send now; null: nothing */
      readonly request: IdentityUpdate | IdentityCreation | null;
      /** What it would set of overrides */
      readonly overrideRequests: readonly OverrideSetting[];
      readonly outcomes: readonly Outcome[];
      /** What could not be read, and why */
      readonly problems: readonly string[];
    };
  };
  /** What happened to a customer, newest first, and what Stripe made that never arrived */
  'GET /v1/customers/{customer}/timeline': {
    params: { customer: string };
    query: { limit?: string; cursor?: string; audit?: string };
    body: undefined;
    answer: {
      readonly entries: readonly TimelineEntry[];
      readonly nextCursor: string | null;
      readonly audit: {
        /** How far back Stripe's list was read */
        readonly since: string;
        /** Whether that is as far as was asked for */
        readonly complete: boolean;
        readonly events: number;
        readonly missing: number;
        readonly problem: string | null;
      } | null;
    };
  };
  /** Customers that are failing or held now, oldest first */
  'GET /v1/failing': {
    params: {};
    query: { limit?: string; cursor?: string };
    body: undefined;
    answer: {
      readonly customers: readonly Customer[];
      readonly nextCursor: string | null;
    };
  };
  /** Ask for a sync of one customer now */
  'POST /v1/syncs': {
    params: {};
    query: {};
    body: {
      readonly customer: string;
    };
    answer: {
      readonly customer: string;
    };
  };
  /** Sync again the customers that an id leads to, or those of all outcomes of a filter */
  'POST /v1/replays': {
    params: {};
    query: {};
    body: {
      /** Any id that find takes */
      readonly id?: string;
      readonly status?: 'applied' | 'unchanged' | 'ignored' | 'retrying' | 'failed' | 'held';
      /** `error.code` */
      readonly error?: string;
      /** ISO 8601 time with its offset, or a date (UTC) */
      readonly since?: string;
      /** ISO 8601 time with its offset, or a date (UTC) */
      readonly until?: string;
      /** Only count the customers */
      readonly dryRun?: boolean;
    };
    answer: {
      /** The id of a run */
      readonly replayId: string;
      /** Those found so far, where there are very many; the run goes on to count */
      readonly customers: number;
      readonly dryRun: boolean;
    };
  };
  /** How far a replay is; /v1/runs has it too, with its rows */
  'GET /v1/replays/{id}': {
    params: { id: string };
    query: {};
    body: undefined;
    answer: {
      /** The id of a run */
      readonly replayId: string;
      /** Those found so far, where there are very many; the run goes on to count */
      readonly customers: number;
      readonly dryRun: boolean;
      readonly state: 'running' | 'done' | 'dryRun' | 'aborted' | 'failed';
      /** Customers whose sync has been asked for */
      readonly requested: number;
      /** Customers whose sync has ended since */
      readonly done: number;
      /** Of those, customers who are failing all the same */
      readonly failing: number;
      readonly startedAt: string;
      readonly finishedAt: string | null;
    };
  };
  /** Look in Stripe for events that never came; what there was is the run of this id */
  'POST /v1/catch-ups': {
    params: {};
    query: {};
    body: {
      /** Default: since the last time, and ten minutes before */
      readonly since?: string;
      /** Only count the events */
      readonly dryRun?: boolean;
    };
    answer: {
      readonly runId: string;
    };
  };
  /** The newest look at everybody whatever became of it, and the newest that came to its end */
  'GET /v1/reconciliations': {
    params: {};
    query: {};
    body: undefined;
    answer: {
      readonly latest: Reconciliation | null;
      readonly lastDone: Reconciliation | null;
    };
  };
  /** Compare what everybody pays for with what Unkey has; the report is the run of this id */
  'POST /v1/reconciliations': {
    params: {};
    query: {};
    body: {
      /** `raise`: nobody is lowered. Through normal syncs, with the guard */
      readonly repair?: 'none' | 'raise' | 'all';
      /** Values that somebody else wrote: made right, taken as right, or only shown */
      readonly onForeign?: 'repair' | 'keep' | 'report';
      /** This one alone */
      readonly customer?: string;
      /** Those alone whom the plan file gives this plan */
      readonly plan?: string;
      /** Customers who are repaired at most */
      readonly max?: number;
      /** Go on though far fewer customers have a subscription than at the last run */
      readonly acceptFewer?: boolean;
      /** Also which keys have limits of their own; needs UNKEY_API_ID, else 409 */
      readonly keys?: boolean;
      /** Rows of an earlier report: repaired where they still hold, refused where not */
      readonly rows?: readonly {
        readonly customerId: string;
        readonly field: string | null;
        readonly should?: unknown;
        readonly is?: unknown;
      }[];
    };
    answer: {
      readonly runId: string;
    };
  };
  /** What a sync would decide and send now; writes nothing */
  'POST /v1/preview': {
    params: {};
    query: {};
    body: {
      readonly customer?: string;
      /** Any id that find takes */
      readonly id?: string;
      /** A Stripe event, snapshot or thin */
      readonly event?: Readonly<Record<string, unknown>>;
    };
    answer: {
      /** null: Stripe could not say, see problems */
      readonly customer: string | null;
      readonly decision:
        | {
            readonly kind: 'decided';
            readonly plan: string | null;
            readonly rank: number | null;
            readonly granting: boolean;
            readonly externalId: string | null;
            readonly wanted: {
              readonly meta: Readonly<Record<string, unknown>>;
              readonly ratelimits: Readonly<
                Record<
                  string,
                  {
                    readonly limit: number;
                    /** Milliseconds */
                    readonly duration: number;
                    readonly autoApply: boolean;
                  }
                >
              >;
              /** Overrides by namespace; absent where the plan file names none */
              readonly overrides?: Readonly<
                Record<
                  string,
                  {
                    readonly limit: number;
                    /** Milliseconds */
                    readonly duration: number;
                  }
                >
              >;
            };
            /** How each limit comes to its number */
            readonly sums: Readonly<Record<string, readonly LimitPart[]>>;
            /** How each override comes to its number, by namespace */
            readonly overrideSums?: Readonly<Record<string, readonly LimitPart[]>>;
            readonly validUntil: string | null;
            readonly pastDueSince: string | null;
            readonly subscriptionIds: readonly string[];
            readonly explanation: readonly string[];
          }
        | {
            readonly kind: 'refused';
            readonly code: string;
            readonly detail: string;
            readonly subscriptionIds: readonly string[];
            readonly explanation: readonly string[];
          }
        | null;
      readonly identity: Identity | null;
      /** Of the outcome of a sync; null: not known, see problems */
      readonly status: 'applied' | 'unchanged' | 'ignored' | 'retrying' | 'failed' | 'held' | null;
      /** The sentences of that outcome */
      readonly explanation: readonly string[];
      readonly error: {
        readonly code: string;
        readonly detail: string;
      } | null;
      readonly change: Change | null;
      /** null: nothing would be sent */
      readonly request: IdentityUpdate | IdentityCreation | null;
      /** To the identity that the customer had before, which falls back */
      readonly previousRequest: IdentityUpdate | null;
      /** What would be set of overrides, of either identity */
      readonly overrideRequests: readonly OverrideSetting[];
      /** Keys with limits of their own, which beat the identity; null without UNKEY_API_ID */
      readonly keys: {
        readonly count: number;
        readonly overriding: readonly {
          readonly limit: string;
          readonly keyIds: readonly string[];
        }[];
      } | null;
      readonly upcoming: readonly Upcoming[];
      /** What could not be read, and why */
      readonly problems: readonly string[];
    };
  };
  /** Downgrades that are held back, the longest held first, each with the outcome that says why */
  'GET /v1/held': {
    params: {};
    query: { limit?: string; cursor?: string };
    body: undefined;
    answer: {
      readonly held: readonly {
        readonly customer: Customer;
        readonly outcome: Outcome | null;
      }[];
      readonly nextCursor: string | null;
    };
  };
  /** Let the held downgrade of one customer through */
  'POST /v1/held/{customer}/release': {
    params: { customer: string };
    query: {};
    body: undefined;
    answer: {
      /** How many customers */
      readonly released: number;
    };
  };
  /** Let all held downgrades through */
  'POST /v1/held/release': {
    params: {};
    query: {};
    body: undefined;
    answer: {
      /** How many customers */
      readonly released: number;
      /** The run that lets them through; null: nobody is held */
      readonly runId: string | null;
    };
  };
  /** Outcomes, latencies and upstreams over a window, in cells of equal length; empty ones are left out */
  'GET /v1/overview': {
    params: {};
    query: { window?: string };
    body: undefined;
    answer: {
      readonly windowMs: number;
      readonly cellMs: number;
      readonly from: string;
      readonly until: string;
      readonly since: string;
      /** false: older outcomes are still being read */
      readonly complete: boolean;
      readonly cells: readonly OverviewCell[];
    };
  };
  /** What went wrong, grouped by cause, the most pressing first */
  'GET /v1/problems': {
    params: {};
    query: { window?: string };
    body: undefined;
    answer: {
      readonly windowMs: number;
      readonly since: string;
      /** false: older outcomes are still being read */
      readonly complete: boolean;
      readonly failing: number;
      readonly held: number;
      readonly known: number;
      readonly groups: readonly ProblemGroup[];
    };
  };
  /** Mark a problem as known, until it is over and comes back */
  'POST /v1/problems/{code}/acknowledge': {
    params: { code: string };
    query: {};
    body: {
      readonly acknowledged?: boolean;
    };
    answer: {
      readonly code: string;
      readonly acknowledged: boolean;
    };
  };
  /** Outcomes per status and minute, latency from event to change, queue depths */
  'GET /v1/stats': {
    params: {};
    query: { window?: string };
    body: undefined;
    answer: {
      readonly windowMs: number;
      /** More outcomes than are read: the numbers are of the newest */
      readonly truncated: boolean;
      readonly statuses: {
        readonly applied?: number;
        readonly unchanged?: number;
        readonly ignored?: number;
        readonly retrying?: number;
        readonly failed?: number;
        readonly held?: number;
      };
      readonly minutes: readonly {
        readonly minute: string;
        readonly statuses: {
          readonly applied?: number;
          readonly unchanged?: number;
          readonly ignored?: number;
          readonly retrying?: number;
          readonly failed?: number;
          readonly held?: number;
        };
      }[];
      readonly latencyMs: {
        readonly count: number;
        readonly p50: number | null;
        readonly p90: number | null;
        readonly p99: number | null;
      };
      readonly queues: Readonly<
        Record<
          string,
          {
            readonly waiting: number;
            readonly delayed: number;
            readonly active: number;
            readonly oldestMs: number | null;
          }
        >
      >;
    };
  };
  /** Bulk work, newest first: replays, looks at every customer, releases of held downgrades */
  'GET /v1/runs': {
    params: {};
    query: {
      kind?: 'replay' | 'release-held' | 'refresh-catalog' | 'plan-change' | 'reconcile' | 'catch-up';
      state?: 'running' | 'paused' | 'done' | 'aborted' | 'failed';
      limit?: string;
      cursor?: string;
    };
    body: undefined;
    answer: {
      readonly runs: readonly Run[];
      readonly nextCursor: string | null;
    };
  };
  /** How far a run is */
  'GET /v1/runs/{id}': { params: { id: string }; query: {}; body: undefined; answer: Run };
  /** The report of a run, some hundred rows at a time; what a row holds depends on the kind */
  'GET /v1/runs/{id}/rows': {
    params: { id: string };
    query: { cursor?: string };
    body: undefined;
    answer: {
      readonly rows: readonly Readonly<Record<string, unknown>>[];
      readonly nextCursor: string | null;
    };
  };
  /** End a run; what it has asked of customers so far stays asked. One that has ended stays as it is */
  'POST /v1/runs/{id}/abort': { params: { id: string }; query: {}; body: undefined; answer: Run };
  /** What operators did, newest first: when, to whom, from where, by which token */
  'GET /v1/audit': {
    params: {};
    query: { limit?: string; cursor?: string };
    body: undefined;
    answer: {
      readonly entries: readonly AuditEntry[];
      readonly nextCursor: string | null;
    };
  };
  /** The plan file that the answering process runs with, and what it warns of */
  'GET /v1/plan-file': {
    params: {};
    query: {};
    body: undefined;
    answer: {
      readonly hash: string;
      /** The file as it was read */
      readonly text: string;
      readonly warnings: readonly string[];
      /** What is wrong with a newer file that was refused */
      readonly refused: readonly string[];
      /** The highest rank first */
      readonly plans: readonly Plan[];
      readonly addons: readonly {
        readonly name: string;
        readonly adds: Readonly<Record<string, number>>;
        readonly addsToOverrides?: Readonly<Record<string, number>>;
      }[];
      /** What a subscription status is worth */
      readonly access: Readonly<Record<string, string>>;
    };
  };
  /** Stripe's active prices with the plan or add-on that each leads to; asks Stripe */
  'GET /v1/plan-file/prices': {
    params: {};
    query: {};
    body: undefined;
    answer: {
      readonly prices: readonly {
        /** `acct_…/price_…` of an account other than the own one */
        readonly priceId: string;
        readonly lookupKey: string | null;
        readonly productId: string;
        readonly recurring: boolean;
        /** Such as `plan team`; more than one is ambiguous */
        readonly of: readonly string[];
      }[];
      /** Values in match entries that fit no active price */
      readonly dead: readonly {
        readonly entry: string;
        readonly names: string;
      }[];
      /** Accounts whose prices were not read: too many, or the key may not */
      readonly notRead: readonly string[];
      /** Why Stripe could not be asked */
      readonly problem: string | null;
    };
  };
  /** What another plan file would change; it is neither loaded nor kept */
  'POST /v1/plan-file/check': {
    params: {};
    query: {};
    body: {
      readonly text: string;
    };
    answer:
      | {
          readonly ok: false;
          readonly problems: readonly string[];
        }
      | {
          readonly ok: true;
          readonly hash: string;
          /** Whether it says the same as the running file */
          readonly same: boolean;
          readonly warnings: readonly string[];
          readonly differences: readonly {
            readonly path: string;
            /** JSON; null: not there */
            readonly before: string | null;
            readonly after: string | null;
          }[];
          /** Active prices that lead elsewhere with it */
          readonly moves: readonly {
            readonly priceId: string;
            readonly from: readonly string[];
            readonly to: readonly string[];
          }[];
          /** Active recurring prices that nothing matches */
          readonly unmatched: readonly string[] | null;
        };
  };
  /** The processes that share this store, with the plan file that each of them runs */
  'GET /v1/processes': {
    params: {};
    query: {};
    body: undefined;
    answer: {
      readonly processes: readonly {
        readonly processId: string;
        readonly host: string;
        readonly roles: readonly ('http' | 'workers')[];
        readonly version: string;
        readonly planFile: string;
        /** Another plan file counts: this process writes nothing */
        readonly stale: boolean;
        readonly startedAt: string;
        readonly seenAt: string;
      }[];
    };
  };
  /** The pings of event destinations that arrived last, oldest first */
  'GET /v1/pings': {
    params: {};
    query: {};
    body: undefined;
    answer: {
      readonly pings: readonly {
        readonly eventId: string;
        readonly receivedAt: string;
      }[];
    };
  };
  /** Who asks, what the token allows, and which Planwire this is */
  'GET /v1/session': {
    params: {};
    query: {};
    body: undefined;
    answer: {
      /** Of the token */
      readonly name: string;
      readonly access: 'full' | 'read';
      /** Of the Stripe key */
      readonly mode: 'live' | 'test';
      readonly version: string;
      readonly unkeyApi: string;
      /** Of Stripe's dashboard; a customer's id comes after it */
      readonly stripeCustomers: string | null;
      /** Of Unkey's dashboard; an identity's id comes after it */
      readonly unkeyIdentities: string | null;
    };
  };
  /** Whether the store, Stripe, Unkey, the plan file and the queue are well, each with what to do */
  'GET /v1/status': {
    params: {};
    query: {};
    body: undefined;
    answer: {
      readonly store: {
        readonly ok: boolean;
        readonly detail: string | null;
      };
      readonly stripe: {
        readonly ok: boolean;
        readonly detail: string | null;
      };
      readonly unkey: {
        readonly ok: boolean;
        readonly detail: string | null;
      };
      readonly planFile: {
        readonly ok: boolean;
        readonly detail: string | null;
      };
      readonly queue: {
        readonly ok: boolean;
        readonly detail: string | null;
      };
    };
  };
}
