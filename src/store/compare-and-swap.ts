import { setTimeout as delay } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';

/** A document as it was found. `V` is what a write compares: a version or the old text. */
export interface Held<T, V> {
  readonly value: T;
  readonly version: V;
}

/** One stored document as the optimistic loop needs it. */
export interface ChangeableDocument<T, V> {
  /** Named in the error, for example `The record of customer cus_1`. */
  readonly name: string;
  /** How this process believes it to be. A write that compares may rest on that; a read may not. */
  readonly believed?: Held<T, V>;
  read(): Promise<Held<T, V>>;
  /**
   * Replaces the document if it still has that version: true. Where someone else was faster: what they left, where the
   * store tells, else false. null: it may not be replaced, whatever it is.
   */
  replace(value: T, version: V): Promise<Replaced<T, V>>;
}

type Replaced<T, V> = boolean | Held<T, V> | null;

const mostTries = 100;
const longestPauseMs = 50;

/**
 * Applies a pure function to a document without holding a lock: read, compute, replace if unchanged, else again.
 * Every lost try means that somebody else's change got in, so the bound is reached only when a hundred others
 * change one document at once. Returning the argument itself writes nothing; so does what may not be replaced, and
 * then the answer is the document as it was found or believed to be.
 */
export async function compareAndSwap<T, V>(
  document: ChangeableDocument<T, V>,
  transition: (value: T) => T,
): Promise<T> {
  let found: Replaced<T, V> = false;
  if (document.believed !== undefined) {
    const { value, version } = document.believed;
    const next = transition(value);
    // Where nothing is to be written, nothing has compared what is believed with what is there.
    if (next !== value) found = await document.replace(next, version);
    if (found === true) return next;
    if (found === null) return value;
  }
  for (let tries = 1; tries <= mostTries; tries += 1) {
    const { value, version } = typeof found === 'boolean' ? await document.read() : found;
    const next = transition(value);
    if (next === value) return value;
    found = await document.replace(next, version);
    if (found === true) return next;
    if (found === null) return value;
    await delay(Math.random() * Math.min(2 ** tries, longestPauseMs));
  }
  throw new Error(
    `${document.name} was changed by others ${mostTries} times while one change was being made; nothing was written, and trying again is safe.`,
  );
}

/** Of one to two KB each. */
const most = 1_000;

/**
 * The documents that this process wrote last, by id: most changes of a customer's record come from the process that
 * made the one before, and need not read it again. Others change them too, so only a write that compares rests on this.
 */
export function believedDocuments<T, V>(): Pick<LRUCache<string, Held<T, V>>, 'get' | 'set' | 'delete'> {
  return new LRUCache<string, Held<T, V>>({ max: most });
}
