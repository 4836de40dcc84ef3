import type { Checks, UseCases } from '../ports.ts';
import { listFailing, listHeld, previewSync, releaseAll, releaseOne, startSync } from './customers.ts';
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

/** The routes of the use cases that exist; what is checked is known to a running process alone. */
export function adminRoutes(useCases: UseCases, checks: Checks | null = null): readonly Route[] {
  const { release } = useCases;
  const routes = [
    useCases.listOutcomes && listOutcomes(useCases.listOutcomes),
    useCases.getOutcome && getOutcome(useCases.getOutcome),
    useCases.find && findAnything(useCases.find),
    useCases.lookUpEmail && lookUpEmail(useCases.lookUpEmail),
    useCases.customerView && viewCustomer(useCases.customerView),
    useCases.timeline && readTimeline(useCases.timeline),
    useCases.failing && listFailing(useCases.failing),
    useCases.requestSync && startSync(useCases.requestSync),
    useCases.startReplay && startReplay(useCases.startReplay),
    useCases.replay && readReplay(useCases.replay),
    useCases.startCatchUp && startCatchUp(useCases.startCatchUp),
    useCases.reconciliations && lastReconciliations(useCases.reconciliations),
    useCases.startReconciliation && startReconciliation(useCases.startReconciliation),
    useCases.preview && previewSync(useCases.preview),
    useCases.held && listHeld(useCases.held),
    release && releaseOne(release),
    release && releaseAll(release),
    useCases.overview && readOverview(useCases.overview),
    useCases.problems && listProblems(useCases.problems),
    useCases.acknowledge && acknowledgeProblem(useCases.acknowledge),
    useCases.stats && readStats(useCases.stats),
    useCases.listRuns && listRuns(useCases.listRuns),
    useCases.getRun && getRun(useCases.getRun),
    useCases.runRows && listRunRows(useCases.runRows),
    useCases.abortRun && abortRun(useCases.abortRun),
    useCases.listAudit && listAudit(useCases.listAudit),
    useCases.planFile && viewPlanFile(useCases.planFile),
    useCases.prices && listPrices(useCases.prices),
    useCases.checkPlanFile && checkPlanFile(useCases.checkPlanFile),
    useCases.processes && listProcesses(useCases.processes),
    useCases.pings && listPings(useCases.pings),
    useCases.about && readSession(useCases.about),
    checks === null ? undefined : readStatus(checks),
  ];
  return routes.filter((route) => route !== undefined);
}
