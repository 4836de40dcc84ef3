import { everyPage } from '../../every-page.ts';
import type { CustomerRecord } from '../../domain/customer/customer-record.ts';
import type { CustomerStore, SharedValues } from '../../domain/ports.ts';
import { acknowledgedProblemsName } from '../../domain/shared-names.ts';
import type { ProblemGroup, Problems } from '../../domain/overview.ts';
import type { Followed } from './follow.ts';
import { episodes, type ProblemSeen, type Seen } from './problems-seen.ts';

export interface ProblemsDeps {
  readonly follow: () => Promise<Followed>;
  readonly customers: Pick<CustomerStore, 'troubled' | 'counts'>;
  readonly shared: Pick<SharedValues, 'get'>;
  readonly now: () => number;
}

interface Acknowledgement {
  readonly at: number;
  readonly by: string;
}

type Acknowledgements = Readonly<Record<string, Acknowledgement>>;

const pageSize = 200;
const troubledRead = 2_000;
const customersNamed = 5;
/** Young trouble may be over before anybody has read of it. */
const settledMs = 60_000;

/** What went wrong, by cause: what of it is still so, what has healed, and what somebody has put right. */
export function createProblems(deps: ProblemsDeps): (windowMs: number) => Promise<Problems> {
  return async (windowMs) => {
    const now = deps.now();
    const [followed, failing, counts, text] = await Promise.all([
      deps.follow(),
      failingNow(deps),
      deps.customers.counts(),
      deps.shared.get(acknowledgedProblemsName),
    ]);
    const { seen, since, complete } = followed;
    const acknowledged = readAcknowledgements(text);
    const codes = new Set([...seen.problems.keys(), ...failing.keys()]);
    const groups = [...codes]
      .map((code) => groupOf(code, seen, failing.get(code) ?? [], acknowledged[code] ?? null, now))
      .filter(({ lastSeen, failing: still }) => still > 0 || lastSeen >= now - windowMs);
    return {
      windowMs,
      since: Math.max(since, now - windowMs),
      complete: complete || since <= now - windowMs,
      failing: counts.failing,
      held: counts.held,
      known: counts.known,
      groups: groups.sort(mostPressing),
    };
  };
}

function readAcknowledgements(text: string | null): Acknowledgements {
  return text === null || text === '' ? {} : (JSON.parse(text) as Acknowledgements);
}

/** Customers that are failing now, by the code of their error. */
async function failingNow({ customers }: ProblemsDeps): Promise<ReadonlyMap<string, CustomerRecord[]>> {
  const byCode = new Map<string, CustomerRecord[]>();
  let read = 0;
  for await (const { items } of everyPage((cursor) => customers.troubled(cursor, pageSize))) {
    for (const record of items) {
      if (record.failingSince === null) continue;
      const code = record.failingCode ?? 'unknown';
      byCode.set(code, [...(byCode.get(code) ?? []), record]);
    }
    read += items.length;
    if (read >= troubledRead) break;
  }
  return byCode;
}

function groupOf(
  code: string,
  { problems, recoveries }: Seen,
  failing: readonly CustomerRecord[],
  acknowledgement: Acknowledgement | null,
  now: number,
): ProblemGroup {
  const problem = problems.get(code) ?? null;
  const failingIds = new Set(failing.map(({ customerId }) => customerId));
  const healed = [...(problem?.customers ?? [])].filter(([id]) => !failingIds.has(id));
  const byHand = healed.filter(([id, at]) => {
    const recovery = recoveries.get(id);
    return recovery !== undefined && recovery.at >= at && recovery.byHand;
  });
  const since = failing.map(({ failingSince }) => failingSince ?? now);
  const firstSeen = Math.min(problem?.firstSeen ?? now, ...since);
  const lastSeen = problem === null ? now : Date.parse(problem.newest.finishedAt);
  const began = problem === null ? firstSeen : (episodes(problem).at(-1)?.[0] ?? firstSeen);
  const stands = acknowledgement !== null && acknowledgement.at >= began;
  const { title, detail, docs } = problem?.newest.error ?? { title: code, detail: code, docs: null };
  return {
    code,
    title,
    detail,
    docs,
    firstSeen,
    lastSeen,
    outcomes: problem?.outcomes ?? 0,
    customers: new Set([...failingIds, ...(problem?.customers.keys() ?? [])]).size,
    failing: failing.length,
    healed: healed.length - byHand.length,
    replayed: byHand.length,
    recurring: isRecurring(problem),
    acknowledged: stands ? acknowledgement : null,
    state: stateOf(failing.length, stands, lastSeen, now, problem),
    examples: examplesOf(failing, problem),
    newestOutcomeId: problem?.newest.id ?? null,
  };
}

/** Where no customer is known to whom it happened, only time tells that it is over. */
function stateOf(
  failing: number,
  acknowledged: boolean,
  lastSeen: number,
  now: number,
  problem: ProblemSeen | null,
): ProblemGroup['state'] {
  const nobody = problem !== null && problem.customers.size === 0 && now - lastSeen < settledMs;
  if (failing === 0 && !nobody) return 'resolved';
  return acknowledged ? 'acknowledged' : 'open';
}

function isRecurring(problem: ProblemSeen | null): boolean {
  return problem !== null && episodes(problem).length > 1;
}

function examplesOf(failing: readonly CustomerRecord[], problem: ProblemSeen | null): readonly string[] {
  const seen = [...(problem?.customers.keys() ?? [])].reverse();
  const ids = new Set([...failing.map(({ customerId }) => customerId), ...seen]);
  return [...ids].slice(0, customersNamed);
}

const pressing = { open: 0, acknowledged: 1, resolved: 2 } as const;

function mostPressing(a: ProblemGroup, b: ProblemGroup): number {
  return pressing[a.state] - pressing[b.state] || b.failing - a.failing || b.lastSeen - a.lastSeen;
}

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
