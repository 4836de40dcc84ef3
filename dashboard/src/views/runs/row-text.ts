import { number } from '../../text/number.ts';
import { limitWindow } from '../../text/time.ts';

/** What stands in a report depends on the kind of its run: nothing is taken for granted of it. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A line for each part: of metadata for each key, of keys with limits of their own for each of them. */
export function valueLines(value: unknown): readonly string[] {
  if (value === null || value === undefined) return ['none'];
  if (Array.isArray(value)) return value.flatMap(valueLines);
  if (typeof value !== 'object') return [typeof value === 'string' ? value : JSON.stringify(value)];
  const { keyId, ...parts } = value as Readonly<Record<string, unknown>>;
  const limit = limitText(parts);
  if (limit !== null) return [typeof keyId === 'string' ? `${keyId}: ${limit}` : limit];
  return Object.entries(value).map(([name, each]) => `${name}: ${partText(each)}`);
}

function limitText({ limit, duration }: Readonly<Record<string, unknown>>): string | null {
  if (typeof limit !== 'number' || typeof duration !== 'number') return null;
  return `${number(limit)} / ${limitWindow(duration)}`;
}

function partText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
