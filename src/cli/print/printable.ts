/**
 * Texts from outside (metadata, upstream messages, plan files) as a terminal may see them. Escape sequences could move
 * the cursor and rewrite what stands above, marks of direction make a line read as another one, a newline forge one.
 */

/** Control characters, separators of lines, marks of direction, the byte order mark. */
const hostile = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

function visible(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Every text in a value, keys included, with what a terminal would obey written out. */
export function printable<T>(value: T): T {
  return mapTexts(value, (text) => text.replace(hostile, visible)) as T;
}

function mapTexts(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === 'string') return map(value);
  if (Array.isArray(value)) return value.map((each) => mapTexts(each, map));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [map(key), mapTexts(each, map)]));
}

/** JSON for programs: the same value to whoever parses it, and nothing for a terminal to obey. */
export function printableJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, null, indent) ?? 'null';
  return text.replace(hostile, (character) => (character === '\n' ? character : visible(character)));
}

/** Colours as ours are written, before anything else that begins with a control character. */
const gate = new RegExp(`\\p{Cc}\\[(?:0|1|2|22|3[1-6]|39|90)m|${hostile.source}`, 'gu');

/** What may leave the command line for a terminal, whatever was forgotten on the way. */
export function safeOutput(text: string): string {
  return text.replace(gate, (found) => {
    const isColour = found.length > 1 && found.startsWith('\u001b');
    // A newline and a tab are layout by now.
    return isColour || found === '\n' || found === '\t' ? found : `${visible(found)}${found.slice(1)}`;
  });
}
