import type { Tone } from '../../parts/states.tsx';
import { counted } from '../../text/number.ts';
import { relative } from '../../text/time.ts';
import type { CustomerPage } from './customer-data.ts';

/** The answer to the question that led here: is this customer's limit right, and if not, why not. */
export interface Verdict {
  readonly tone: Tone;
  readonly sentence: string;
  readonly detail: string | null;
}

export function verdictOn(page: CustomerPage, now: number): Verdict {
  const { customer, decision, problems, drift } = page;
  if (decision === null && problems.length > 0) {
    return verdict('warn', 'Whether it is right cannot be told at the moment.', problems.join(' '));
  }
  if (customer.failingSince !== null) return failing(page, now);
  if (decision?.kind === 'refused') {
    return verdict('bad', 'The plan file cannot decide about this customer.', decision.detail);
  }
  if (customer.heldSince !== null || page.status === 'held') return held(page, now);
  if (page.status === 'ignored') return ignored(page);
  if (page.status === 'failed') return verdict('bad', 'A sync would fail now.', page.error?.detail ?? null);
  if (drift === null) {
    const detail = problems.length > 0 ? problems.join(' ') : null;
    return verdict('warn', 'Whether the identity is right cannot be told at the moment.', detail);
  }
  if (drift) return drifting(page);
  return inStep(page, now);
}

function verdict(tone: Tone, sentence: string, detail: string | null): Verdict {
  return { tone, sentence, detail };
}

function failing({ customer, error, decision, outcomes }: CustomerPage, now: number): Verdict {
  const since = relative(customer.failingSince ?? now, now);
  const last = outcomes.find((outcome) => outcome.error !== null)?.error;
  const detail =
    error?.detail ??
    (decision?.kind === 'refused' ? decision.detail : (last?.detail ?? customer.failingCode));
  const next =
    customer.nextCheckAt === null ? '' : ` The next try is ${relative(customer.nextCheckAt, now)}.`;
  return verdict('bad', `Syncs began to fail ${since}; the identity stays as it was.`, `${detail}${next}`);
}

function held({ customer, decision, outcomes }: CustomerPage, now: number): Verdict {
  const plan = decision?.kind === 'decided' ? planName(decision.plan) : 'a lower plan';
  const since =
    customer.heldSince === null ? 'would be held back' : `was held back ${relative(customer.heldSince, now)}`;
  const why = outcomes.find(({ status }) => status === 'held')?.explanation.at(-1) ?? null;
  const sentence = customer.releaseGranted
    ? `The downgrade to ${plan} was released and is on its way.`
    : `A downgrade to ${plan} ${since}.`;
  return verdict('held', sentence, why);
}

function ignored({ outcomes, decision }: CustomerPage): Verdict {
  const last = outcomes.find(({ status }) => status === 'ignored');
  const why = last?.explanation.at(-1) ?? decision?.explanation.at(-1) ?? null;
  return verdict('quiet', 'Nothing is written for this customer.', why);
}

function drifting({ change, identity, decision, status }: CustomerPage): Verdict {
  if (identity === null) {
    const created = status === 'applied' ? 'A sync would create it.' : null;
    return verdict('warn', 'The identity does not exist in Unkey.', created);
  }
  const limits = new Set([
    ...(change?.ratelimits.before ?? []).map(({ name }) => name),
    ...(change?.ratelimits.after ?? []).map(({ name }) => name),
  ]);
  const keys = new Set([...Object.keys(change?.meta.before ?? {}), ...Object.keys(change?.meta.after ?? {})]);
  const parts = [
    ...(limits.size > 0 ? [counted(limits.size, 'limit')] : []),
    ...(keys.size > 0 ? [counted(keys.size, 'metadata key')] : []),
  ];
  const plan = decision?.kind === 'decided' ? planName(decision.plan) : 'the decision';
  return verdict(
    'warn',
    `Unkey has something else than ${plan} says.`,
    `A sync would look at ${parts.join(' and ')}.`,
  );
}

function inStep({ customer, decision, outcomes }: CustomerPage, now: number): Verdict {
  const plan = decision?.kind === 'decided' ? planName(decision.plan) : 'no plan';
  if (customer.unconfirmedSince !== null) {
    return verdict('info', `On ${plan}, written a moment ago and not yet read back.`, null);
  }
  const confirmed = outcomes.find(({ id }) => id === customer.lastWriteOutcomeId)?.confirmedAt ?? null;
  const detail = confirmed === null ? null : `The last write was read back ${relative(confirmed, now)}.`;
  return verdict('good', `On ${plan}, and Unkey has exactly that.`, detail);
}

export function planName(plan: string | null): string {
  return plan === null ? 'no plan' : `plan ${plan}`;
}
