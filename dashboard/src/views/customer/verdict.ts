import type { Tone } from '../../parts/states.tsx';
import { number } from '../../text/number.ts';
import { limitWindow, relative } from '../../text/time.ts';
import type { CustomerPage } from './customer-data.ts';
import { limitRows, type Limit, type LimitRow } from './limit-rows.ts';

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

function drifting(page: CustomerPage): Verdict {
  const { change, identity, decision, status } = page;
  if (identity === null) {
    const created = status === 'applied' ? 'A sync would create it.' : null;
    return verdict('warn', 'The identity does not exist in Unkey.', created);
  }
  const plan = decision?.kind === 'decided' ? planName(decision.plan) : 'the decision';
  const wrong = limitRows(page).flatMap(wrongLimit);
  const keys = Object.keys({ ...change?.meta.before, ...change?.meta.after }).filter(
    (key) => !isSame(change?.meta.before[key], change?.meta.after[key]),
  );
  const parts = [...wrong, ...(keys.length > 0 ? [`metadata ${keys.join(', ')}`] : [])];
  return verdict('warn', `Unkey differs from ${plan}.`, parts.length === 0 ? null : `${parts.join('; ')}.`);
}

/** One limit that is not as it should be, in words. */
function wrongLimit({ name: own, kind, state, wanted, actual }: LimitRow): readonly string[] {
  const name = kind === 'override' ? `override ${own}` : own;
  switch (state) {
    case 'differs':
      return [`${name} is ${limitText(actual)} and should be ${limitText(wanted)}`];
    case 'missing':
      return [`${name} is missing and should be ${limitText(wanted)}`];
    case 'surplus':
      return [`${name} is to be removed`];
    case 'same':
    case 'foreign':
    case 'unknown':
      return [];
  }
}

function limitText(limit: Limit | null): string {
  if (limit === null) return 'nothing';
  const applies = limit.autoApply === false ? ', not by itself' : '';
  return `${number(limit.limit)} / ${limitWindow(limit.duration)}${applies}`;
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
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
