import { createHash } from 'node:crypto';
import { stringify } from 'yaml';

/** The functions of Go's templates, Sprig and Helm that the chart's templates use. */

export type Value = unknown;

export interface Scope {
  readonly dot: Value;
  readonly root: Value;
  readonly variables: ReadonlyMap<string, Value>;
  /** The text of a defined template for a dot. */
  readonly include: (name: string, dot: Value) => string;
}

export function isTrue(value: Value): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** The thing that is piped comes last. */
export const functions: Readonly<Record<string, (args: readonly Value[], scope: Scope) => Value>> = {
  include: ([name, dot], scope) => scope.include(text(name), dot),
  quote: ([value]) => JSON.stringify(text(value)),
  default: ([fallback, value]) => (isTrue(value) ? value : fallback),
  required: ([message, value]) => {
    if (!isTrue(value)) throw new Error(text(message));
    return value;
  },
  printf: ([format, ...values]) => {
    const left = [...values];
    return text(format).replaceAll('%s', () => text(left.shift()));
  },
  nindent: ([width, value]) => `\n${indented(Number(width), text(value))}`,
  toYaml: ([value]) => stringify(value, { sortMapEntries: true, indentSeq: false }).trimEnd(),
  trunc: ([length, value]) => text(value).slice(0, Number(length)),
  trimSuffix: ([suffix, value]) =>
    text(value).endsWith(text(suffix)) ? text(value).slice(0, -text(suffix).length) : value,
  contains: ([part, value]) => text(value).includes(text(part)),
  sha256sum: ([value]) => createHash('sha256').update(text(value)).digest('hex'),
  list: (values) => values,
  not: ([value]) => !isTrue(value),
};

function indented(width: number, value: string): string {
  const pad = ' '.repeat(width);
  return pad + value.replaceAll('\n', `\n${pad}`);
}

function text(value: Value): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  throw new Error(`no text: ${JSON.stringify(value)}`);
}
