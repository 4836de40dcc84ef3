import { setTimeout as delay } from 'node:timers/promises';

/** One stored document as the optimistic loop needs it. `V` is what a write compares: a version or the old text. */
export interface ChangeableDocument<T, V> {
  /** Named in the error, for example `The record of customer cus_1`. */
  readonly name: string;
  read(): Promise<{ readonly value: T; readonly version: V }>;
  /** Replaces the document if it still has that version; false when someone else was faster. */
  replace(value: T, version: V): Promise<boolean>;
}

const MAX_TRIES = 100;
const MAX_PAUSE_MS = 50;

/**
 * Applies a pure function to a document without holding a lock: read, compute, replace if unchanged, else again.
 * Every lost try means that somebody else's change got in, so the bound is reached only when a hundred others
 * change one document at once. Returning the argument itself writes nothing.
 */
export async function compareAndSwap<T, V>(
  document: ChangeableDocument<T, V>,
  transition: (value: T) => T,
): Promise<T> {
  for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
    const { value, version } = await document.read();
    const next = transition(value);
    if (next === value) return value;
    if (await document.replace(next, version)) return next;
    await delay(Math.random() * Math.min(2 ** tries, MAX_PAUSE_MS));
  }
  throw new Error(
    `${document.name} was changed by others ${MAX_TRIES} times while one change was being made; nothing was written, and trying again is safe.`,
  );
}
