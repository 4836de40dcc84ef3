import type { ChangeableDocument, Held } from './compare-and-swap.ts';

interface JsonText<T> {
  /** Named in the error. */
  readonly name: string;
  /** What this process believes to be there, for a store that tells what it found instead. */
  readonly believed?: string | null;
  read(): Promise<string | null>;
  replace(value: T | null, held: string | null): Promise<boolean | Held<string | null, string | null>>;
}

/**
 * A document of which a write compares the whole old text: one that went and came back is no conflict, because the
 * transition is pure and would say the same. null stands for no document, before and after.
 */
export function jsonDocument<T>(text: JsonText<T>): ChangeableDocument<T | null, string | null> {
  const { name, believed } = text;
  const heldAs = (found: string | null): Held<T | null, string | null> => ({
    value: found === null ? null : (JSON.parse(found) as T),
    version: found,
  });
  return {
    name,
    ...(believed === undefined ? {} : { believed: heldAs(believed) }),
    read: async () => heldAs(await text.read()),
    async replace(value, held) {
      const replaced = await text.replace(value, held);
      return typeof replaced === 'boolean' ? replaced : heldAs(replaced.version);
    },
  };
}
