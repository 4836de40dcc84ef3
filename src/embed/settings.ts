import { parseConfig, type Config } from '../config.ts';
import { optionNames, type PlanwireOptions } from './options.ts';

/** What Planwire cannot be made of. */
export class PlanwireOptionsError extends Error {
  override readonly name = 'PlanwireOptionsError';
  /** A sentence each; no value of an option is in it. */
  readonly problems: readonly string[];
  constructor(what: string, problems: readonly string[]) {
    super(`${what}: ${problems.join(' ')}`);
    this.problems = problems;
  }
}

/** The options, read by the same rules as the settings of a process. */
export function configFrom(options: PlanwireOptions): Config {
  if (typeof options !== 'object' || options === null)
    throw new PlanwireOptionsError('The options of Planwire cannot be used', [
      'createPlanwire takes an object of them.',
    ]);
  const unknown = unknownOptions(options);
  if (unknown.length > 0) throw new PlanwireOptionsError('The options of Planwire cannot be used', unknown);
  const parsed = parseConfig(settingsFrom(options), { isTTY: false });
  if (parsed.ok) return parsed.config;
  throw new PlanwireOptionsError('The options of Planwire cannot be used', parsed.problems.map(asOption));
}

/** Settings are texts. Whatever else stands in an option is refused by the setting's own rule. */
function settingsFrom(options: PlanwireOptions): Record<string, string | undefined> {
  const given = Object.entries(optionNames).flatMap(([setting, option]) => {
    const value = at(options, option);
    return value === undefined ? [] : [[setting, textOf(setting, value)] as const];
  });
  const level = typeof options.log === 'string' ? options.log : undefined;
  return { ...Object.fromEntries(given), LOG_LEVEL: level, LOG_FORMAT: 'json' };
}

function textOf(setting: string, value: unknown): string {
  if (setting === 'CATCH_UP' && typeof value === 'boolean') return value ? 'on' : 'off';
  if (setting === 'RECONCILE_AT' && value === null) return 'off';
  if (Array.isArray(value)) return value.join(',');
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function at(options: object, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, name) =>
        typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined,
      options,
    );
}

/** A mistyped option would have its default without a word. */
function unknownOptions(options: PlanwireOptions): readonly string[] {
  const known = new Set<string>([...Object.values(optionNames), 'plans', 'log', 'tracerProvider']);
  const groups = new Set([...known].flatMap((name) => (name.includes('.') ? [name.split('.', 1)[0]] : [])));
  const sentence = (name: string): string => `${name} is no option; look for it among the others' names.`;
  return Object.entries(options).flatMap(([name, value]) => {
    if (!groups.has(name)) return known.has(name) ? [] : [sentence(name)];
    const inside = typeof value === 'object' && value !== null ? Object.keys(value) : [];
    return inside
      .map((key) => `${name}.${key}`)
      .filter((path) => !known.has(path))
      .map(sentence);
  });
}

/** The sentence of a setting with the option's name in its place. */
function asOption(problem: string): string {
  return problem.replaceAll(/\b[A-Z]+(?:_[A-Z]+)+\b/g, (name) =>
    Object.hasOwn(optionNames, name) ? optionNames[name as keyof typeof optionNames] : name,
  );
}
