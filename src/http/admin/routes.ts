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

/** What each route asks, in its own words. */
type Asked = { readonly [Name in keyof typeof routes]: Parameters<(typeof routes)[Name]>[0] };

/** What operators may ask for. */
export type UseCases = Asked & { readonly recordAudit: RecordAudit };

const makers: { readonly [Name in keyof Asked]: (asks: Asked[Name]) => Route | readonly Route[] } = routes;

/** All routes; what is checked is known to a running process alone. */
export function adminRoutes(does: Asked, checks: Checks | null = null): readonly Route[] {
  const made = <Name extends keyof Asked>(name: Name, asks: Asked[Name]) => makers[name](asks);
  const names = Object.keys(routes) as (keyof Asked)[];
  return [
    ...names.map((name) => made(name, does[name])),
    ...(checks === null ? [] : [readStatus(checks)]),
  ].flat();
}
