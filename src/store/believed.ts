import { LRUCache } from 'lru-cache';
import type { Held } from './compare-and-swap.ts';

/** Of one to two KB each. */
const most = 1_000;

/**
 * The documents that this process wrote last, by id: most changes of a customer's record come from the process that
 * made the one before, and need not read it again. Others change them too, so only a write that compares rests on this.
 */
export function believedDocuments<T, V>(): Pick<LRUCache<string, Held<T, V>>, 'get' | 'set' | 'delete'> {
  return new LRUCache<string, Held<T, V>>({ max: most });
}
