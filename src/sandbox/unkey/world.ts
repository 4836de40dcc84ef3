import type { Access, RootKey } from './access.ts';
import type { Overrides } from './override-table.ts';
import type { Refusal } from './refusal.ts';
import type { LimitRow, Table } from './table.ts';

/** A key of an API. Limits of its own take the place of the identity's of the same name. */
export interface KeyRow {
  readonly key: string;
  readonly keyId: string;
  readonly apiId: string;
  readonly externalId?: string | undefined;
  readonly name?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly ratelimits?: readonly Omit<LimitRow, 'id'>[] | undefined;
}

export interface World {
  readonly table: Table;
  readonly overrides: Overrides;
  /** By the key itself. */
  readonly keys: ReadonlyMap<string, KeyRow>;
  readonly access: Access;
  readonly newId: (prefix: 'id' | 'rl' | 'rlns' | 'rlor' | 'req') => string;
  readonly random: () => number;
  /** Waited while the lock is held, between the read of the limits and the commit. */
  readonly write: () => Promise<void>;
}

export interface Call {
  readonly body: Record<string, unknown>;
  readonly key: RootKey;
  /** A scripted fault: answer as usual, store nothing. */
  readonly drop: boolean;
}

/** What follows `meta` in the answer's envelope, or why there is none. */
export type Reply = { readonly answer: Record<string, unknown> } | { readonly refused: Refusal };
