import { InvalidArgumentError } from 'commander';

/** Reads the value of a flag for commander, which names the flag in its refusal. 0 is any free port. */
export function port(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= 65_535) return value;
  throw new InvalidArgumentError('It must be a whole number from 0 to 65535.');
}
