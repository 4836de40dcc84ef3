import type { Reconciliation } from '../api/types.ts';
import type { Tone } from '../parts/states.tsx';
import { counted, number } from './number.ts';

type Drift = Reconciliation['drift'];

/** What a look at everybody came to, in one sentence. */
export function driftVerdict({ differing, repaired, counts }: Drift): {
  readonly tone: Tone;
  readonly sentence: string;
} {
  const untold = counts.could_not_tell ?? 0;
  if (differing > repaired) {
    const made = repaired === 0 ? '' : `, ${number(repaired)} of them repaired`;
    return { tone: 'warn', sentence: `${counted(differing, 'difference')}${made}` };
  }
  if (untold > 0) return { tone: 'warn', sentence: `${number(untold)} could not be told` };
  if (differing === 0) return { tone: 'good', sentence: 'Nothing differs' };
  return {
    tone: 'good',
    sentence:
      differing === 1
        ? 'The one difference was repaired'
        : `All ${number(differing)} differences were repaired`,
  };
}

/** Each class that is not as it should be, the most frequent first; words as the documents have them. */
export function driftCounts({ counts }: Drift): readonly (readonly [name: string, count: number])[] {
  return Object.entries(counts)
    .filter(([name, count]) => count > 0 && name !== 'in_step' && name !== 'never_subscribed')
    .toSorted(([, a], [, b]) => b - a);
}

/** `limit_differs` as one reads it. */
export function className(name: string): string {
  return name.replaceAll('_', ' ');
}
