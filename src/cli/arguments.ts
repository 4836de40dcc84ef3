import { InvalidArgumentError } from 'commander';
import ms, { type StringValue } from 'ms';

/** `2h`, `30m`, `7d` before now, or an ISO 8601 time; becomes the ISO 8601 time that the admin API takes. */
export function since(text: string): string {
  if (/^\d{1,6}(s|m|h|d|w)$/.test(text)) return new Date(Date.now() - ms(text as StringValue)).toISOString();
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  const day = text.slice(0, 10);
  const exists = !Number.isNaN(Date.parse(day)) && new Date(Date.parse(day)).toISOString().startsWith(day);
  if (exists && !Number.isNaN(at)) return new Date(at).toISOString();
  throw new InvalidArgumentError('Give a time such as 2h, 7d or 2026-11-22T06:00:00Z.');
}

export function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give a whole number from 1.');
}

/** Reads the value of a flag for commander, which names the flag in its refusal. 0 is any free port. */
export function port(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= 65_535) return value;
  throw new InvalidArgumentError('It must be a whole number from 0 to 65535.');
}
