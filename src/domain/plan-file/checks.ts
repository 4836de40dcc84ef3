import { accessFindings } from './check-access.ts';
import { limitFindings } from './check-limits.ts';
import { namespaceFindings } from './check-overrides.ts';
import { overlapFindings } from './check-overlaps.ts';
import { referenceFindings } from './check-references.ts';
import { templateFindings } from './check-templates.ts';
import type { Finding } from './finding.ts';

/**
 * What the schema cannot see. Every check takes the value as it is written and passes over what has another shape
 * than it should: the schema has reported that, and what else is wrong shall be said in the same go.
 */
export function checkFindings(value: unknown): readonly Finding[] {
  return [
    ...accessFindings(value),
    ...limitFindings(value),
    ...namespaceFindings(value),
    ...overlapFindings(value),
    ...referenceFindings(value),
    ...templateFindings(value),
  ];
}
