import { checksOf, type Check } from './check.ts';
import { capital, counted } from '../../domain/words.ts';

const { ok, warn, fail } = checksOf('planwire');

interface Finding {
  readonly line: number;
  readonly column: number;
  readonly path: string;
  readonly message: string;
  readonly remedy: string;
}

/** `plans`: how many it has; null: it cannot be used, for those problems. */
export function planFileChecks(
  file: string,
  plans: number | null,
  findings: readonly Finding[],
): readonly Check[] {
  const [first] = findings;
  if (first === undefined) return [ok('plan_file', `${file} can be used: ${counted(plans ?? 0, 'plan')}.`)];
  const { line, column, path, message, remedy } = first;
  const detail = `${file}:${line}:${column} ${path === '' ? '' : `${path}: `}${message}`;
  const more = findings.length === 1 ? '' : `; planwire check tells of ${findings.length - 1} more`;
  if (message === 'there is no such file')
    return [
      fail('plan_file', `${detail}.`, 'Set PLANS_FILE to your plan file, or have planwire init write one.'),
    ];
  const advice = `${capital(remedy)}${more}.`;
  return [(plans === null ? fail : warn)('plan_file', `${detail}.`, advice)];
}
