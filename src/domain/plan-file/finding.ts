import { own } from '../own.ts';

/** Something wrong, or doubtful, in a plan file, and where. */
export interface Finding {
  readonly path: Path;
  /** A clause about the place, without a full stop. */
  readonly message: string;
  /** What to do, as an imperative clause without a full stop. */
  readonly remedy: string;
  /** What is wrong is the name at the end of the path, not its value. */
  readonly isAboutName?: boolean;
}

export type Path = readonly (string | number)[];

/** `plans.team.match[0].lookupKey`; keys that are no plain words are quoted; the whole file is the empty text. */
export function formatPath(path: Path): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      const word = /^[\w-]+$/.test(step) ? step : JSON.stringify(step);
      return index === 0 ? word : `.${word}`;
    })
    .join('');
}

/** A value from the file as a message shows it: short, and on one line. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return 'an empty value';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'an empty mapping' : 'a mapping';
  const text = JSON.stringify(value) ?? 'this value';
  return text.length > 60 ? `${text.slice(0, 57)}…"` : text;
}

/** The mappings of a file that may still be wrong elsewhere: anything else counts as empty. */
export function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value);
}

/** The value of a key, where there is such a mapping and such a key. */
export function child(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return own(value as Record<string, unknown>, key);
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
