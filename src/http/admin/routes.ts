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

/** All routes; what is checked is known to a running process alone. */
export function adminRoutes(does: UseCases, checks: Checks | null = null): readonly Route[] {
  return [
    listOutcomes(does.listOutcomes),
    getOutcome(does.getOutcome),
    findAnything(does.find),
    lookUpEmail(does.lookUpEmail),
    viewCustomer(does.customerView),
    readTimeline(does.timeline),
    listFailing(does.failing),
    startSync(does.requestSync),
    startReplay(does.startReplay),
    readReplay(does.replay),
    startCatchUp(does.startCatchUp),
    lastReconciliations(does.reconciliations),
    startReconciliation(does.startReconciliation),
    previewSync(does.preview),
    listHeld(does.held),
    releaseOne(does.release),
    releaseAll(does.release),
    readOverview(does.overview),
    listProblems(does.problems),
    acknowledgeProblem(does.acknowledge),
    readStats(does.stats),
    listRuns(does.listRuns),
    getRun(does.getRun),
    listRunRows(does.runRows),
    abortRun(does.abortRun),
    listAudit(does.listAudit),
    viewPlanFile(does.planFile),
    listPrices(does.prices),
    checkPlanFile(does.checkPlanFile),
    listProcesses(does.processes),
    listPings(does.pings),
    readSession(does.about),
    ...(checks === null ? [] : [readStatus(checks)]),
  ];
}
