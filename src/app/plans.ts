import type { PlanFile } from '../domain/plan-file/plan-file.ts';
import { formatProblem, readPlanFile } from '../plan-file/load.ts';

/** The plan file that this process runs with, and how it came to that. */
export interface Plans {
  current(): LoadedPlans;
  /** Reads the file again. A bad one is refused: the running plans stay, and `problems` says why. */
  reload(): Promise<'unchanged' | 'loaded' | 'refused'>;
  /** What was wrong with the last file that was refused, a sentence each; empty once a good one was loaded. */
  problems(): readonly string[];
}

interface LoadedPlans {
  readonly planFile: PlanFile;
  readonly hash: string;
  /** The file as it was read. */
  readonly text: string;
  readonly warnings: readonly string[];
}

export type ReadPlans = () => Promise<
  ({ readonly ok: true } & LoadedPlans) | { readonly ok: false; readonly problems: readonly string[] }
>;

/** A start without usable plans is refused with all their problems. */
export async function loadPlans(
  read: ReadPlans,
): Promise<{ ok: true; plans: Plans } | { ok: false; problems: readonly string[] }> {
  const first = await read();
  if (!first.ok) return first;
  let current: LoadedPlans = first;
  let problems: readonly string[] = [];
  const plans: Plans = {
    current: () => current,
    problems: () => problems,
    async reload() {
      const next = await read();
      if (!next.ok) {
        problems = next.problems;
        return 'refused';
      }
      problems = [];
      const changed = next.hash !== current.hash;
      current = next;
      return changed ? 'loaded' : 'unchanged';
    },
  };
  return { ok: true, plans };
}

export function planFileReader(path: string): ReadPlans {
  return async () => {
    const loaded = await readPlanFile(path);
    if (!loaded.ok) return { ok: false, problems: loaded.problems.map(formatProblem) };
    const { planFile, hash, text, warnings } = loaded;
    return { ok: true, planFile, hash, text, warnings: warnings.map(formatProblem) };
  };
}
