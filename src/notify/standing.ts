import { driftClasses, driftSummary, isDrift } from '../domain/drift.ts';
import type { Problem, Standing } from '../domain/notification/news.ts';
import type { CustomerStore, OutcomeStore, RunStore } from '../domain/ports.ts';
import type { Run } from '../domain/run.ts';
import type { UpstreamState } from '../domain/upstream/circuit.ts';
import type { Upstream } from '../domain/upstream/failure.ts';
import { everyPage } from '../every-page.ts';

export interface StandingDeps {
  readonly customers: Pick<CustomerStore, 'troubled'>;
  readonly outcomes: Pick<OutcomeStore, 'list'>;
  readonly runs: Pick<RunStore, 'list'>;
  readonly breaker: { open(upstream: Upstream): Promise<UpstreamState | null> };
  readonly now: () => number;
}

const pageSize = 200;
const troubledRead = 20_000;
const looksRead = 20;

/** Reads how things stand; `known`: problems whose words nobody needs any more. */
export async function readStanding(deps: StandingDeps, known: ReadonlySet<string>): Promise<Standing> {
  const [troubled, stripe, unkey, runs] = await Promise.all([
    readTroubled(deps),
    deps.breaker.open('stripe'),
    deps.breaker.open('unkey'),
    deps.runs.list({ kind: 'reconcile', state: 'done' }, null, looksRead),
  ]);
  const problems: [code: string, Problem][] = [];
  for (const [code, { customers, since }] of troubled.failing) {
    const { title, detail, docs } = known.has(code)
      ? { title: code, detail: '', docs: null }
      : await wordsOf(deps, code);
    problems.push([code, { customers, since, title, detail, docs }]);
  }
  return {
    problems: Object.fromEntries(problems),
    complete: troubled.complete,
    held: troubled.held,
    stopped: { ...stopOf('stripe', stripe), ...stopOf('unkey', unkey) },
    looks: runs.items
      .filter((run) => Object.keys(run.selection).length === 0)
      .map((run) => lookOf(deps, run)),
  };
}

async function readTroubled({ customers, now }: StandingDeps) {
  const failing = new Map<string, { readonly customers: number; readonly since: number }>();
  let held = 0;
  let read = 0;
  for await (const { items, nextCursor } of everyPage((cursor) => customers.troubled(cursor, pageSize))) {
    for (const { failingSince, failingCode, heldSince } of items) {
      if (heldSince !== null) held += 1;
      if (failingSince === null) continue;
      const code = failingCode ?? 'unknown';
      const before = failing.get(code) ?? { customers: 0, since: now() };
      failing.set(code, {
        customers: before.customers + 1,
        since: Math.min(before.since, failingSince),
      });
    }
    read += items.length;
    if (read >= troubledRead && nextCursor !== null) return { failing, held, complete: false };
  }
  return { failing, held, complete: true };
}

async function wordsOf(
  { outcomes }: StandingDeps,
  code: string,
): Promise<Pick<Problem, 'title' | 'detail' | 'docs'>> {
  const { items } = await outcomes.list({ error: code }, null, 1);
  return items[0]?.error ?? { title: code, detail: code, docs: null };
}

/** A throttle passes by itself. */
function stopOf(upstream: Upstream, state: UpstreamState | null): Standing['stopped'] {
  if (state?.state !== 'misconfigured') return {};
  const { since, code, remedy } = state;
  return { [upstream]: { since, code, remedy } };
}

function lookOf({ now }: StandingDeps, run: Run): Standing['looks'][number] {
  const { repaired, held } = driftSummary(run, now());
  const found = driftClasses
    .filter(isDrift)
    .map((name) => [name, run.counts[name] ?? 0] as const)
    .filter(([, count]) => count > 0);
  const customers = found.reduce((sum, [, count]) => sum + count, 0);
  return { run: run.id, customers, repaired, held, counts: Object.fromEntries(found) };
}
