import { parseDuration } from './duration.ts';
import { child, entriesOf, shown } from './finding.ts';
import type { Finding } from './finding.ts';
import { nearest } from './nearest.ts';
import type { RateField } from './plan-file.ts';
import { durationPattern } from './duration.ts';

/** Bounds of durations, and add-ons to limits that no plan has. */
export function limitFindings(file: unknown): readonly Finding[] {
  return [...graces(file), ...findingsOf(file, 'ratelimits'), ...findingsOf(file, 'overrides')];
}

function findingsOf(file: unknown, field: RateField): readonly Finding[] {
  const plans = entriesOf(child(file, 'plans'));
  const names = new Set(plans.flatMap(([, plan]) => entriesOf(child(plan, field)).map(([name]) => name)));
  return [
    ...plans.flatMap(([plan, body]) =>
      entriesOf(child(body, field)).flatMap(([name, limit]) =>
        durationFindings(['plans', plan, field, name, 'duration'], child(limit, 'duration')),
      ),
    ),
    ...entriesOf(child(file, 'addons')).flatMap(([addon, body]) =>
      entriesOf(child(body, field))
        .filter(([name]) => !names.has(name))
        .map(([name]) => unknownLimit(addon, field, name, names)),
    ),
  ];
}

function durationFindings(path: readonly string[], written: unknown): readonly Finding[] {
  const ms = parseDuration(written);
  if (ms === null) return notExact(path, written);
  if (ms >= 1000) return [];
  return [
    {
      path,
      message: `${shown(written)} is shorter than a second`,
      remedy: 'write 1s or more (a bound of Unkey)',
    },
  ];
}

function graces(file: unknown): readonly Finding[] {
  return entriesOf(child(file, 'access')).flatMap(([status, worth]) =>
    parseDuration(child(worth, 'grace')) === null
      ? notExact(['access', status, 'grace'], child(worth, 'grace'))
      : [],
  );
}

/** Texts such as 0.3ms have the form of a duration without being whole milliseconds. */
function notExact(path: readonly string[], written: unknown): readonly Finding[] {
  if (typeof written !== 'string' || !durationPattern.test(written)) return [];
  return [{ path, message: `${shown(written)} is not a whole number of milliseconds`, remedy: 'round it' }];
}

function unknownLimit(addon: string, field: RateField, name: string, names: ReadonlySet<string>): Finding {
  const close = nearest(name, names);
  const [missing, given] = field === 'overrides' ? ['an override', 'override'] : ['a limit', 'limit'];
  return {
    path: ['addons', addon, field, name],
    message: `no plan has ${missing} "${name}" to add to`,
    remedy: close === null ? `give a plan the ${given} "${name}" first` : `write "${close}"`,
  };
}
