import type { SharedValues } from '../../domain/ports.ts';
import { acknowledgedProblemsName } from '../../domain/shared-names.ts';
import { readAcknowledgements } from './problems.ts';

/** As many as anybody looks at; the oldest go first. */
const kept = 200;

/** Somebody knows of a problem: it is shown as known until it is over and comes back. */
export function createAcknowledge(deps: {
  readonly shared: Pick<SharedValues, 'change'>;
  readonly now: () => number;
}): (code: string, by: string, acknowledged: boolean) => Promise<void> {
  return async (code, by, acknowledged) => {
    await deps.shared.change(acknowledgedProblemsName, (text) => {
      const others = Object.entries(readAcknowledgements(text)).filter(([known]) => known !== code);
      const entries = acknowledged ? [...others, [code, { at: deps.now(), by }] as const] : others;
      return JSON.stringify(Object.fromEntries(entries.slice(-kept)));
    });
  };
}
