import { canonicalJson } from '../hash.ts';
import { byText } from '../own.ts';
import type { PlanFile } from './plan-file.ts';

/** One place in which two plan files differ, as decisions read them: spelling and order do not count. */
export interface PlanFileDifference {
  /** For example `plans.team.ratelimits.requests.limit`. */
  readonly path: string;
  /** JSON; null: there is no such place in that file. */
  readonly before: string | null;
  readonly after: string | null;
}

export function comparePlanFiles(before: PlanFile, after: PlanFile): readonly PlanFileDifference[] {
  return differences('', before, after);
}

function differences(path: string, before: unknown, after: unknown): readonly PlanFileDifference[] {
  if (canonicalJson(before) === canonicalJson(after)) return [];
  if (!isRecord(before) || !isRecord(after)) {
    return [{ path, before: textOf(before), after: textOf(after) }];
  }
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort(byText);
  return keys.flatMap((key) => {
    const place = path === '' ? key : `${path}.${key}`;
    return differences(place, own(before, key), own(after, key));
  });
}

function own(record: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** A list is one value: what moved within it would be told as many changes. */
function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(withoutNulls(value));
}

/** What a match entry leaves open is nothing to read. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isRecord(value)) return value;
  const known = Object.entries(value).filter(([, each]) => each !== null);
  return Object.fromEntries(known.map(([key, each]) => [key, withoutNulls(each)]));
}
