import { comparePositions } from '../../../src/domain/outcome/cursor.ts';
import {
  blankRecord,
  troubledSince,
  type Claim,
  type CustomerRecord,
} from '../../../src/domain/customer/customer-record.ts';
import { matchesFilter, outcomeRefs } from '../../../src/domain/outcome/outcome-refs.ts';
import type { EventNote, Outcome, OutcomeFilter } from '../../../src/domain/outcome/outcome.ts';

/** What every store must do, said with plain maps and without any index. */
export class RecordsModel {
  readonly customers = new Map<string, CustomerRecord>();
  readonly claims = new Map<string, Claim>();
  readonly outcomes = new Map<string, Outcome>();
  /** By outcome. */
  readonly tickets = new Map<string, number | undefined>();
  readonly events = new Map<string, EventNote>();
  readonly retentionMs: number;

  constructor(retentionMs: number) {
    this.retentionMs = retentionMs;
  }

  change(id: string, fields: Partial<CustomerRecord>): CustomerRecord {
    const record = { ...(this.customers.get(id) ?? blankRecord(id)), ...fields };
    this.customers.set(id, record);
    return record;
  }

  due(now: number, limit: number): string[] {
    return this.#sorted((record) => record.nextCheckAt)
      .filter(({ time }) => time <= now)
      .map(({ id }) => id)
      .slice(0, limit);
  }

  troubled(): string[] {
    return this.#sorted(troubledSince).map(({ id }) => id);
  }

  list(filter: OutcomeFilter): string[] {
    return this.#oldestFirst()
      .reverse()
      .filter((outcome) => matchesFilter(outcome, filter))
      .map((outcome) => outcome.id);
  }

  find(ref: string, limit: number): string[] {
    return this.#oldestFirst()
      .reverse()
      .filter((outcome) => outcomeRefs(outcome).includes(ref))
      .map((outcome) => outcome.id)
      .slice(0, limit);
  }

  put(outcome: Outcome, ticket: number | undefined): Outcome {
    this.outcomes.set(outcome.id, outcome);
    this.tickets.set(outcome.id, ticket);
    return outcome;
  }

  firstAfter(customerId: string, ticket: number): string | null {
    const later = this.#oldestFirst()
      .filter((outcome) => outcome.customerId === customerId)
      .map(({ id }) => ({ id, ticket: this.tickets.get(id) ?? 0 }))
      .filter((found) => found.ticket > ticket);
    // Sorting keeps the order of equals.
    return later.sort((a, b) => a.ticket - b.ticket)[0]?.id ?? null;
  }

  note(note: EventNote): EventNote {
    const held = this.events.get(note.eventId);
    const merged =
      held === undefined
        ? note
        : {
            ...held,
            customerIds: [...new Set([...held.customerIds, ...note.customerIds])],
            tickets: { ...note.tickets, ...held.tickets },
          };
    this.events.set(note.eventId, merged);
    return merged;
  }

  prune(now: number): number {
    const old = this.#oldestFirst().filter(
      (outcome) => Date.parse(outcome.finishedAt) < now - this.retentionMs,
    );
    for (const { id } of old) {
      this.outcomes.delete(id);
      this.tickets.delete(id);
    }
    return old.length;
  }

  #oldestFirst(): Outcome[] {
    const place = ({ id, finishedAt }: Outcome) => ({ id, time: Date.parse(finishedAt) });
    return [...this.outcomes.values()].sort((a, b) => comparePositions(place(a), place(b)));
  }

  #sorted(timeOf: (record: CustomerRecord) => number | null): { id: string; time: number }[] {
    return [...this.customers.values()]
      .flatMap((record) => {
        const time = timeOf(record);
        return time === null ? [] : [{ id: record.customerId, time }];
      })
      .sort(comparePositions);
  }
}
