import type { Check } from './ports.ts';
import { within } from './within.ts';

const checkTimeoutMs = 1_500;

export const unanswered: Check = { ok: false, detail: 'The check got no answer.' };

/** The answer of a check, whatever it does, within 1.5 s. */
export async function checked(check: () => Check | Promise<Check>): Promise<Check> {
  try {
    return await within(
      checkTimeoutMs,
      Promise.resolve().then(() => check()),
    );
  } catch {
    return unanswered;
  }
}
