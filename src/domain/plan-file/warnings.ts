import type { Finding } from './finding.ts';
import type { PlanFile } from './plan-file.ts';

export function warningFindings(_planFile: PlanFile): readonly Finding[] {
  return [];
}
