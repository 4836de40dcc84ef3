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
  return {
    name,
    ...(believed === undefined ? {} : { believed: heldAs<T>(believed) }),
    read: async () => heldAs<T>(await text.read()),
    async replace(value, held) {
      const replaced = await text.replace(value, held);
      return typeof replaced === 'boolean' ? replaced : heldAs<T>(replaced.version);
    },
  };
}

// The caller names what the text holds, as with JSON.parse itself.
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
function heldAs<T>(text: string | null): Held<T | null, string | null> {
  return { value: text === null ? null : (JSON.parse(text) as T), version: text };
}
