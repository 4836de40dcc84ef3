import { inAccount, partsOf } from '../domain/accounts.ts';
import { blankRecord, type CustomerRecord } from '../domain/customer/customer-record.ts';
import type { PlanFile } from '../domain/plan-file/plan-file.ts';
import { upcoming, type Phases, type Upcoming } from '../domain/resolve/upcoming.ts';
import type { StripeState } from '../domain/subscription.ts';
import type { StripeLookUps } from './ports.ts';

export interface ComingUpDeps {
  readonly plans: () => { readonly planFile: PlanFile };
  readonly lookUps: Pick<StripeLookUps, 'nextPhase'>;
  readonly now: () => number;
}

/** What time alone will change for a customer, with what subscription schedules hold; no sync asks for those. */
export async function comingUp(
  { plans, lookUps, now }: ComingUpDeps,
  customerId: string,
  { record, state }: { readonly record: CustomerRecord | null; readonly state: StripeState | null },
): Promise<{ readonly upcoming: readonly Upcoming[]; readonly problems: readonly string[] }> {
  if (state === null) return { upcoming: [], problems: [] };
  const { account } = partsOf(customerId);
  const phases: Phases[number][] = [];
  const problems: string[] = [];
  for (const { id: subscriptionId, scheduleId } of state.subscriptions) {
    if (scheduleId === undefined) continue;
    const answer = await lookUps.nextPhase(inAccount(account, scheduleId), state.frozenAt ?? now());
    if (!answer.ok)
      problems.push(
        `The schedule ${scheduleId} of ${subscriptionId} could not be read: ${answer.failure.title}.`,
      );
    else if (answer.value !== null) phases.push({ subscriptionId, ...answer.value });
  }
  const known = record ?? blankRecord(customerId);
  return { upcoming: upcoming(plans().planFile, state, known, now(), phases), problems };
}
