import type { ChangeableDocument } from './compare-and-swap.ts';

/**
 * A document of which a write compares the whole old text: one that went and came back is no conflict, because the
 * transition is pure and would say the same. null stands for no document, before and after.
 */
export function jsonDocument<T>(
  name: string,
  read: () => Promise<string | null>,
  replace: (value: T | null, held: string | null) => Promise<boolean>,
): ChangeableDocument<T | null, string | null> {
  return {
    name,
    async read() {
      const text = await read();
      return { value: text === null ? null : (JSON.parse(text) as T), version: text };
    },
    replace,
  };
}
