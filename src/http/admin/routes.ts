import type { Checks } from '../ports.ts';
import type { RecordAudit } from '../../domain/audit.ts';
import { listFailing, listHeld, previewSync, releaseHeld, startSync } from './customers.ts';
import { listAudit } from './audit.ts';
import { viewCustomer } from './customer-view.ts';
import { findAnything, getOutcome, listOutcomes, lookUpEmail } from './outcomes.ts';
import { startCatchUp } from './catch-ups.ts';
import { lastReconciliations, startReconciliation } from './reconciliations.ts';
import { readReplay, startReplay } from './replays.ts';
import { abortRun, getRun, listRunRows, listRuns } from './runs.ts';
import { readOverview } from './overview.ts';
import { checkPlanFile, listPrices, viewPlanFile } from './plan-file.ts';
import { acknowledgeProblem, listProblems } from './problems.ts';
import { listPings } from './pings.ts';
import { listProcesses } from './processes.ts';
import { readSession } from './session.ts';
import { readStatus } from './status.ts';
import { readStats } from './stats.ts';
import { readTimeline } from './timeline.ts';
import type { Route } from './route.ts';

/** Every route, by the use case that it asks. */
const routes = {
  listOutcomes,
  getOutcome,
  find: findAnything,
  lookUpEmail,
  customerView: viewCustomer,
  timeline: readTimeline,
  failing: listFailing,
  requestSync: startSync,
  startReplay,
  replay: readReplay,
  startCatchUp,
  reconciliations: lastReconciliations,
  startReconciliation,
  preview: previewSync,
  held: listHeld,
  release: releaseHeld,
  overview: readOverview,
  problems: listProblems,
  acknowledge: acknowledgeProblem,
  stats: readStats,
  listRuns,
  getRun,
  runRows: listRunRows,
  abortRun,
  listAudit,
  planFile: viewPlanFile,
  prices: listPrices,
  checkPlanFile,
  processes: listProcesses,
  pings: listPings,
  about: readSession,
};

/** What operators may ask for: what the routes ask, each in its own words. */
export type UseCases = { readonly [Name in keyof typeof routes]: Parameters<(typeof routes)[Name]>[0] } & {
  readonly recordAudit: RecordAudit;
};

/** All routes; what is checked is known to a running process alone. */
export function adminRoutes(does: UseCases, checks: Checks | null = null): readonly Route[] {
  const made = (Object.keys(routes) as (keyof typeof routes)[]).map((name) =>
    // That each gets its own is what the type above says.
    (routes[name] as (ask: unknown) => Route | readonly Route[])(does[name]),
  );
  return [...made, ...(checks === null ? [] : [readStatus(checks)])].flat();
}
