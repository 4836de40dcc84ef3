import type { z } from 'zod';
import type { Finding, Path } from './finding.ts';
import { child, formatPath, shown } from './finding.ts';
import { nearest } from './nearest.ts';
import type { PlanFile } from './plan-file.ts';
import { planFileSchema } from './schema.ts';

export type Structured =
  | { readonly ok: true; readonly planFile: PlanFile }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/** Holds a value against the schema; what does not fit is said in words. */
export function structured(value: unknown): Structured {
  const parsed = planFileSchema.safeParse(value);
  if (parsed.success) return { ok: true, planFile: parsed.data };
  return { ok: false, findings: inWords(parsed.error.issues, value) };
}

function inWords(issues: readonly Issue[], value: unknown): readonly Finding[] {
  const findings = issues.flatMap((issue) => findingsOf(issue, value));
  // A mistyped key is one mistake: that the right one is missing, or the mapping empty, would be its echo.
  const mistyped = new Set(findings.flatMap(({ explains = [] }) => explains.map((path) => formatPath(path))));
  return findings
    .filter(({ isAbsence, path }) => isAbsence !== true || !mistyped.has(formatPath(path)))
    .map(({ explains: _explains, isAbsence: _isAbsence, ...finding }) => finding);
}

interface StructureFinding extends Finding {
  /** Something is not there. */
  readonly isAbsence?: boolean;
  /** Where a mistyped key lets something seem absent. */
  readonly explains?: readonly Path[];
}

type Issue = z.core.$ZodIssue;

function findingsOf(issue: Issue, file: unknown): readonly StructureFinding[] {
  const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
  const value = valueAt(file, path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey(path, key, value));
  }
  if (issue.code === 'invalid_key') {
    const expected = issue.issues[0]?.message ?? 'another name';
    return [{ path, message: 'this name cannot be used', remedy: `write ${expected}`, isAboutName: true }];
  }
  if (path[0] === 'version') return [versionFinding(path, value)];
  const inner = issue.code === 'invalid_union' ? innerFindings(issue.errors, file, path) : [];
  if (inner.length > 0) return inner;
  const name = path.at(-1);
  if (value === undefined && typeof name === 'string') {
    return [
      { path, message: `"${name}" is missing`, remedy: `add it with ${issue.message}`, isAbsence: true },
    ];
  }
  // The wrong file may be named, one with secrets: its text is not repeated.
  if (path.length === 0) {
    return [{ path, message: 'this is not a plan file', remedy: `write ${issue.message}` }];
  }
  const message =
    issue.code === 'custom' && typeof issue.params?.['message'] === 'string'
      ? issue.params['message']
      : `${shown(value)} does not belong here`;
  return [{ path, message, remedy: `write ${issue.message}`, isAbsence: issue.code === 'custom' }];
}

function versionFinding(path: Path, value: unknown): Finding {
  const message =
    value === undefined
      ? '"version" is missing'
      : `${typeof value === 'number' ? `version ${value}` : 'this version'} is not known`;
  return { path, message, remedy: 'write "version: 1", the only one that this Planwire reads' };
}

/** Where one alternative is of the value's own kind (a mapping, a list), its issues say more than "neither fits". */
function innerFindings(
  alternatives: readonly (readonly Issue[])[],
  file: unknown,
  path: Path,
): readonly StructureFinding[] {
  const value = valueAt(file, path);
  if (typeof value !== 'object' || value === null) return [];
  const deeper = alternatives.find((issues) =>
    issues.every(({ path: at, code }) => at.length > 0 || code === 'unrecognized_keys'),
  );
  return (deeper ?? []).flatMap((issue) => findingsOf({ ...issue, path: [...path, ...issue.path] }, file));
}

function instead(known: readonly string[]): string {
  if (known.length === 0) return 'remove it';
  return `remove it, or use ${known.length === 1 ? '' : 'one of '}${known.join(', ')}`;
}

function unknownKey(path: Path, key: string, parent: unknown): StructureFinding {
  const known = knownKeys(parent, path);
  const close = nearest(key, known);
  return {
    path: [...path, key],
    message: `"${key}" is not a key that is known here`,
    remedy: close === null ? instead(known) : `write "${close}"`,
    isAboutName: true,
    explains: close === null ? [path] : [path, [...path, close]],
  };
}

type Definition = z.core.$ZodTypes['_zod']['def'];

/** The keys of the schema at a path, those first that the mapping does not use yet. */
function knownKeys(parent: unknown, path: Path): readonly string[] {
  let found = alternativesOf(planFileSchema);
  for (const step of path) found = found.flatMap((schema) => stepInto(schema, step));
  const keys = found.flatMap((schema) => {
    const def = definitionOf(schema);
    return def.type === 'object' ? Object.keys(def.shape) : [];
  });
  return keys.length > 1 ? keys.filter((key) => child(parent, key) === undefined) : keys;
}

function stepInto(schema: z.core.$ZodType, step: string | number): readonly z.core.$ZodType[] {
  const def = definitionOf(schema);
  const next = def.type === 'object' ? def.shape[step] : def.type === 'record' ? def.valueType : undefined;
  const inner = def.type === 'array' ? def.element : next;
  return inner === undefined ? [] : alternativesOf(inner);
}

function alternativesOf(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  const def = definitionOf(schema);
  if (def.type === 'optional') return alternativesOf(def.innerType);
  if (def.type === 'pipe') return alternativesOf(def.in);
  return def.type === 'union' ? def.options.flatMap(alternativesOf) : [schema];
}

function definitionOf(schema: z.core.$ZodType): Definition {
  return schema._zod.def as Definition;
}

function valueAt(file: unknown, path: Path): unknown {
  let value = file;
  for (const step of path) {
    value = typeof step === 'number' && Array.isArray(value) ? value[step] : child(value, String(step));
  }
  return value;
}
