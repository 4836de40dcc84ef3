import type { Operations, Outcome } from '../../api/types.ts';

/** What stands in the address: a filter can be sent to somebody else. */
export interface Filters {
  readonly status: Outcome['status'] | '';
  readonly error: string;
  readonly customer: string;
  readonly identity: string;
  /** A window such as `24h`, counted back from now; '' for everything that is kept. */
  readonly window: string;
}

export const statuses: readonly Outcome['status'][] = [
  'applied',
  'unchanged',
  'ignored',
  'retrying',
  'failed',
  'held',
];

export const windows = [
  ['', 'Any time'],
  ['1h', 'Last hour'],
  ['24h', 'Last day'],
  ['7d', 'Last 7 days'],
] as const;

const windowMs: Readonly<Record<string, number>> = { '1h': 3_600_000, '24h': 86_400_000, '7d': 604_800_000 };

export function readFilters(query: URLSearchParams): Filters {
  const status = statuses.find((each) => each === query.get('status')) ?? '';
  const window = query.get('window') ?? '';
  return {
    status,
    error: query.get('error') ?? '',
    customer: query.get('customer') ?? '',
    identity: query.get('identity') ?? '',
    window: window in windowMs ? window : '',
  };
}

type Query = Operations['GET /v1/outcomes']['query'];

/** As the admin API asks for it; `now` is rounded, so that a look again asks the same. */
export function queryOf({ status, error, customer, identity, window }: Filters, now: number): Query {
  const ms = windowMs[window];
  const since = ms === undefined ? undefined : new Date(Math.floor((now - ms) / 60_000) * 60_000);
  return {
    ...(status !== '' && { status }),
    ...(error !== '' && { error }),
    ...(customer !== '' && { customer }),
    ...(identity !== '' && { identity }),
    ...(since && { since: since.toISOString() }),
  };
}
