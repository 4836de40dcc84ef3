import type { Kinds } from './inputs.ts';
import type { Account } from './account.ts';
import type { Entity, Metadata } from './table.ts';

/** What happened, in the order in which it did: each becomes one event. */
export interface Happening {
  readonly type: string;
  readonly object: Record<string, unknown>;
  readonly previous?: Record<string, unknown>;
}

export interface Changed<T extends Entity = Entity> {
  readonly entity: T;
  readonly happenings: readonly Happening[];
}

export interface World {
  readonly account: Account;
  readonly livemode: boolean;
  readonly newId: (prefix: string) => string;
  /** Seconds. */
  readonly now: () => number;
}

export type Changes = Kinds<Changed>;

/** A change that Stripe would refuse, or that names what is not there. */
export class ChangeRefused extends Error {
  override readonly name = 'ChangeRefused';
}

/** Keys that are null or empty go, the others are laid over what is there. */
export function mergeMetadata(
  before: Metadata,
  change: Readonly<Record<string, string | null>> | undefined,
): Metadata {
  const merged = Object.entries({ ...before, ...change });
  return Object.fromEntries(
    merged.filter((entry): entry is [string, string] => entry[1] !== null && entry[1] !== ''),
  );
}

/** What every new object has; `id` and `created` can be chosen. */
export function born(
  world: World,
  object: string,
  prefix: string,
  input: { id?: string | undefined; created?: number | undefined },
): { id: string; object: string; created: number; livemode: boolean } {
  const { id = world.newId(prefix), created = world.now() } = input;
  return { id, object, created, livemode: world.livemode };
}

/** The old values of what changed, as `data.previous_attributes` has them. */
export function previousOf(
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(before).filter(([field, value]) => JSON.stringify(value) !== JSON.stringify(after[field])),
  );
}
