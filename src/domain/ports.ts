import type { AuditEntry } from './audit.ts';
import type { Claim, CustomerRecord } from './customer/customer-record.ts';
import type { EventNote, Outcome, OutcomeFilter, Page } from './outcome/outcome.ts';
import type { Run, RunFilter, RunPage, RunRow } from './run.ts';
import type { EventJob } from './work.ts';

/** What is kept between syncs, as the use cases need it; every store adapter is held to it by one contract suite. */

export interface CustomerStore {
  read(customerId: string): Promise<CustomerRecord | null>;
  /**
   * Applies a pure function atomically to the record, or to a blank one. It may be called more than once; returning
   * its argument writes nothing. The returned record is the stored one.
   */
  change(customerId: string, transition: (record: CustomerRecord) => CustomerRecord): Promise<CustomerRecord>;
  /** Removes the record if it is still exactly this one: nothing has happened to the customer since. */
  forget(record: CustomerRecord): Promise<boolean>;
  /** Customers whose `nextCheckAt` is at or before `now`, and later than `after`, the longest due first. */
  due(now: number, limit: number, after?: number): Promise<readonly string[]>;
  /** Every customer, in a stable order; pass the last cursor to go on, null ends. */
  list(cursor: string | null, limit: number): Promise<Page<string>>;
  /** Customers now failing or held, oldest first. */
  troubled(cursor: string | null, limit: number): Promise<Page<CustomerRecord>>;
  counts(): Promise<{
    readonly known: number;
    readonly failing: number;
    readonly held: number;
    readonly due: number;
  }>;
}

export interface ClaimStore {
  read(externalId: string): Promise<Claim | null>;
  /** Like CustomerStore.change; null stands for no claim, before and after. */
  change(externalId: string, transition: (claim: Claim | null) => Claim | null): Promise<Claim | null>;
}

export interface OutcomeStore {
  /**
   * Inserts or replaces by `outcome.id`. Found afterwards by each id in it (outcomeRefs), for the retention. `ticket`: that
   * of the sync, by which firstAfter finds it.
   */
  put(outcome: Outcome, ticket?: number): Promise<void>;
  /**
   * Like ClaimStore.change, by the outcome's own id; the ticket stays. Nothing is removed by it: null leaves what there is.
   */
  change(outcomeId: string, transition: (outcome: Outcome | null) => Outcome | null): Promise<Outcome | null>;
  /** By the outcome's own id. */
  get(outcomeId: string): Promise<Outcome | null>;
  /** By any id that occurs in outcomes, newest first. */
  find(ref: string, limit: number): Promise<readonly Outcome[]>;
  /** Newest first. A cursor stays right while new outcomes come in. */
  list(filter: OutcomeFilter, cursor: string | null, limit: number): Promise<Page<Outcome>>;
  /** The outcome of the customer's first sync whose ticket is later than this; null while there is none. */
  firstAfter(customerId: string, ticket: number): Promise<Outcome | null>;
  noteEvent(note: EventNote): Promise<void>;
  event(eventId: string): Promise<EventNote | null>;
  /** Removes what is older than the retention; returns how many outcomes went. Aborted, the rest is left for later. */
  prune(now: number, signal?: AbortSignal): Promise<number>;
}

/** How a sync begins and ends: a change of the customer's record (CustomerStore.change), and what goes with it. */
export interface AttemptStore {
  /**
   * Changes the record and reads shared values (SharedValues.getAll): who sets one of them and changes the record
   * afterwards either did both before, or changes what this one has left.
   */
  begin(
    customerId: string,
    transition: (record: CustomerRecord) => CustomerRecord,
    names: readonly string[],
  ): Promise<{ readonly record: CustomerRecord; readonly shared: readonly (string | null)[] }>;
  /**
   * Keeps the outcome (OutcomeStore.put) and changes the record with it: the record never tells of a sync whose outcome
   * is not there. Where the transition returns its argument only the outcome is kept.
   *
   * @param ours null, or the external id of an identity that the sync wrote to: where the claim on it is another
   * customer's by now the record stays as it is, and the answer is who that is
   */
  end(
    customerId: string,
    transition: (record: CustomerRecord) => CustomerRecord,
    outcome: { readonly outcome: Outcome; readonly ticket: number },
    ours: string | null,
  ): Promise<{ readonly record: CustomerRecord } | { readonly holder: string }>;
}

/** The documents of bulk work. Each goes, with its rows, once it has expired. */
export interface RunStore {
  /** Keeps a new run, unless the same one (runKey) waits already; the answer is the run that is kept. */
  create(run: Run): Promise<Run>;
  read(runId: string): Promise<Run | null>;
  /**
   * Like CustomerStore.change; null where there is no such run. Pages of rows are written together with the change or,
   * where the transition returns its argument, not at all.
   */
  change(runId: string, transition: (run: Run) => Run, pages?: readonly RunPage[]): Promise<Run | null>;
  /** Newest first. A page may be short, even empty, and still have a cursor: only a null cursor ends. */
  list(filter: RunFilter, cursor: string | null, limit: number): Promise<Page<Run>>;
  /** Every run whose state is `running`, oldest first. */
  open(): Promise<readonly string[]>;
  /** null: the run has no such page. */
  rows(runId: string, page: number): Promise<readonly RunRow[] | null>;
  /** Removes what has expired; returns how many runs went. */
  prune(now: number): Promise<number>;
}

/** What operators did. */
export interface AuditStore {
  /** Inserts or replaces by `entry.id`. */
  put(entry: AuditEntry): Promise<void>;
  /** Newest first. A cursor stays right while new entries come in. */
  list(cursor: string | null, limit: number): Promise<Page<AuditEntry>>;
  /** Removes what is older than the retention; returns how many entries went. */
  prune(now: number): Promise<number>;
}

/** Small values that all processes share: the plan file's hash, the catalogue epoch. */
export interface SharedValues {
  get(name: string): Promise<string | null>;
  /** In the order of the names, in one call. */
  getAll(names: readonly string[]): Promise<readonly (string | null)[]>;
  set(name: string, value: string): Promise<void>;
  /** Like CustomerStore.change; null stands for a value never set. Returns the stored value. */
  change(name: string, transition: (value: string | null) => string): Promise<string>;
  /** Adds 1 to a number that starts at 0; returns the new value. */
  increment(name: string): Promise<number>;
}

export interface EventQueue {
  /** Rejects within 2 s when the store is away. */
  add(job: EventJob): Promise<'queued' | 'duplicate'>;
  /** Whether it was added within the last days, handled or not. */
  has(eventId: string): Promise<boolean>;
  /** Lets Stripe's redelivery of an event in again, after it failed for good. */
  release(eventId: string): Promise<void>;
}

export interface SyncQueue {
  /** At most one waiting and one running per customer; adding more is harmless. */
  add(customerId: string): Promise<void>;
  /** Makes a job that waits out a back-off run now. */
  promote(customerId: string): Promise<void>;
  /** Jobs waiting or running. One that waits out a back-off stands in nobody's way. */
  outstanding(): Promise<number>;
}

export interface BulkQueue {
  /** At most one job per run, first come, first served; adding more is harmless. */
  add(runId: string, delayMs?: number): Promise<void>;
}
