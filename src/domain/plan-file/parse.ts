import { z } from 'zod';
import { structured } from './structure.ts';
import type { Finding } from './finding.ts';
import type { PlanFile } from './plan-file.ts';
import { planFileSchema } from './schema.ts';
import { warningFindings } from './warnings.ts';
import { accessFindings } from './check-access.ts';
import { limitFindings } from './check-limits.ts';
import { namespaceFindings } from './check-overrides.ts';
import { overlapFindings } from './check-overlaps.ts';
import { referenceFindings } from './check-references.ts';
import { templateFindings } from './check-templates.ts';

export type { PlanFile } from './plan-file.ts';
export type { Finding } from './finding.ts';

export type ParsedPlanFile =
  | { readonly ok: true; readonly planFile: PlanFile; readonly warnings: readonly Finding[] }
  | { readonly ok: false; readonly problems: readonly Finding[] };

/** Reads a plan file that is already a value, and finds everything that is wrong with it at once. */
export function parsePlanFile(value: unknown): ParsedPlanFile {
  const structure = structured(value);
  const findings = structure.ok ? [] : structure.findings;
  // Another version may differ in everything, so its other findings would mislead.
  const version = findings.filter(({ path }) => path[0] === 'version');
  if (version.length > 0) return { ok: false, problems: version };
  const problems = [...findings, ...checkFindings(value)];
  if (!structure.ok || problems.length > 0) return { ok: false, problems };
  const { planFile } = structure;
  return { ok: true, planFile, warnings: warningFindings(planFile) };
}

/** JSON Schema (2020-12) of the file as it is written, for editors. */
export function planFileJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(planFileSchema, { io: 'input' }) };
}

/**
 * What the schema cannot see. Every check takes the value as it is written and passes over what has another shape
 * than it should: the schema has reported that, and what else is wrong shall be said in the same go.
 */
function checkFindings(value: unknown): readonly Finding[] {
  return [
    ...accessFindings(value),
    ...limitFindings(value),
    ...namespaceFindings(value),
    ...overlapFindings(value),
    ...referenceFindings(value),
    ...templateFindings(value),
  ];
}
