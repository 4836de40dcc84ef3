import type { Meta, NamedLimit, NamedOverride, Rate } from '../../domain/identity/identity.ts';
import type { Change, Outcome, OutcomeStatus } from '../../domain/outcome/outcome.ts';
import { limitsLine, wrap } from './format.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';

export const outcomeHeadings = ['TIME (UTC)', 'STATUS', 'CUSTOMER', 'PLAN', 'WHAT'] as const;

/** One line of a list. Off a terminal the time is whole, and the outcome's id comes last. */
export function outcomeRow(terminal: Terminal, outcome: Outcome): readonly string[] {
  const { customerId, status, finishedAt, id } = outcome;
  const time = terminal.isTerminal ? shortTime(finishedAt) : finishedAt;
  const row = [time, painted(terminal, status), customerId ?? '–', planOf(outcome), whatOf(outcome)];
  return terminal.isTerminal ? row : [...row, id];
}

/** The time of day, and the day where it was not within the last. */
function shortTime(iso: string): string {
  return Date.now() - Date.parse(iso) < 12 * 3_600_000
    ? iso.slice(11, 19)
    : `${iso.slice(5, 10)} ${iso.slice(11, 16)}`;
}

export function painted({ colors }: Terminal, status: OutcomeStatus): string {
  if (status === 'applied') return colors.green(status);
  if (status === 'failed') return colors.red(status);
  return status === 'retrying' || status === 'held' ? colors.yellow(status) : status;
}

function planOf({ plan: { from, to } }: Outcome): string {
  return from === to || from === null ? (to ?? '–') : `${from}→${to ?? '–'}`;
}

function whatOf({ error, cause, durationMs }: Outcome): string {
  return error === null ? `${cause.kind}, ${durationMs} ms` : error.code;
}

/** Our own codes have a section each; what an upstream answered has its own documentation. */
export function helpLine(
  terminal: Terminal,
  { code, status }: { code: string; status?: number | null },
): string {
  return status == null ? fields(terminal)('help', `planwire help ${code}`) : '';
}

/** One outcome, whole. */
export function outcomeText(terminal: Terminal, outcome: Outcome): string {
  const { colors } = terminal;
  const { id, status, cause, error, identity, plan, requests, confirmedAt, retryAt } = outcome;
  const field = fields(terminal);
  const events = [cause.type ?? '', ...cause.eventIds].filter((part) => part !== '').join(' ');
  const why = error === null ? '' : field('error', `${error.code} (attempt ${outcome.attempt})`);
  return [
    `${painted(terminal, status)} ${colors.bold(id)} ${outcome.finishedAt}, ${outcome.durationMs} ms\n`,
    field('customer', [outcome.customerId ?? 'none', ...outcome.subscriptionIds].join(' ')),
    field('identity', `${identity.externalId ?? 'none'} ${identity.id ?? ''}`.trimEnd()),
    field('plan', `${plan.from ?? 'none'} → ${plan.to ?? 'none'}`),
    field('cause', `${cause.kind} ${events}`.trimEnd()),
    why,
    error?.docs == null ? '' : field('docs', error.docs),
    error === null ? '' : helpLine(terminal, error),
    retryAt === null ? '' : field('retry', retryAt),
    confirmedAt === null ? '' : field('confirmed', confirmedAt),
    changeText(terminal, outcome.change),
    ...requests.map(({ service, operation, requestId, status: code, ms }, nth) =>
      field(
        nth === 0 ? 'requests' : '',
        `${service} ${operation} ${code ?? 'no answer'}, ${ms} ms, ${requestId ?? 'no id'}`,
      ),
    ),
    sentences(terminal, outcome.explanation),
    error === null || outcome.explanation.includes(error.detail)
      ? ''
      : sentences(terminal, [`${error.title}: ${error.detail}`]),
  ].join('');
}

/** `name  value`, the value below itself where it is longer than the line. */
export function fields(terminal: Terminal): (name: string, value: string) => string {
  const label = (name: string): string => `  ${terminal.colors.dim(name.padEnd(10))}`;
  return (name, value) => `${wrap(value, terminal, label(name), ' '.repeat(12))}\n`;
}

export function sentences(terminal: Terminal, explanation: readonly string[]): string {
  return explanation.map((sentence) => `${wrap(sentence, terminal, '  · ', '    ')}\n`).join('');
}

/** What is and what shall be, owned names only; empty where nothing differs. */
export function changeText(terminal: Terminal, change: Change | null): string {
  if (change === null) return '';
  const { meta, ratelimits, overrides = { before: [], after: [] } } = change;
  const rows = [
    ...metaRows(meta.before, meta.after),
    ...limitRows('limit', ratelimitsOf(ratelimits.before), ratelimitsOf(ratelimits.after)),
    ...limitRows('override', overridesOf(overrides.before), overridesOf(overrides.after)),
  ];
  const field = fields(terminal);
  return rows.map((row, nth) => field(nth === 0 ? 'change' : '', row)).join('');
}

function metaRows(before: Meta, after: Meta): readonly string[] {
  const shown = (value: unknown): string => (value === undefined ? 'none' : JSON.stringify(value));
  return namesOf(before, after)
    .map((name) => [name, shown(before[name]), shown(after[name])] as const)
    .filter(([, from, to]) => from !== to)
    .map(([name, from, to]) => `meta ${name}: ${from} → ${to}`);
}

type Rates = Readonly<Record<string, Rate>>;

function limitRows(kind: string, from: Rates, to: Rates): readonly string[] {
  return namesOf(from, to)
    .filter((name) => JSON.stringify(from[name]) !== JSON.stringify(to[name]))
    .map((name) => `${kind} ${name}: ${limitsLine(from[name], to[name])}`);
}

function ratelimitsOf(limits: readonly NamedLimit[]): Rates {
  return Object.fromEntries(
    limits.map(({ name, limit, duration, autoApply }) => [name, { limit, duration, autoApply }]),
  );
}

function overridesOf(overrides: readonly NamedOverride[]): Rates {
  return Object.fromEntries(
    overrides.map(({ namespace, limit, duration }) => [namespace, { limit, duration }]),
  );
}

function namesOf(a: object, b: object): readonly string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
}

export function outcomesTable(terminal: Terminal, outcomes: readonly Outcome[]): string {
  return table(
    terminal,
    outcomeHeadings,
    outcomes.map((outcome) => outcomeRow(terminal, outcome)),
  );
}
