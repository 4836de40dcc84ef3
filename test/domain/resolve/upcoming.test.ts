import { describe, expect, it } from 'vitest';
import { upcoming } from '../../../src/domain/resolve/upcoming.ts';
import { day, now, planFileOf, shop, stateOf, subscription, team, pro, type Case } from '../build.ts';

const ahead = (given: Case) => {
  const record = { externalId: null, pastDueSince: null, ...given.record };
  return upcoming(planFileOf(given.plans ?? shop), stateOf(given), record, given.at ?? now).map(
    ({ at, kind, resolution }) => [
      Math.round((at - now) / day),
      kind,
      resolution?.kind === 'decided' ? resolution.plan : (resolution?.kind ?? null),
    ],
  );
};

describe('what the passing of time will change', () => {
  it('is nothing where nothing ends', () => {
    expect(ahead({ subscriptions: [subscription('sub_1', { items: [team()] })] })).toEqual([]);
  });

  it('is the fall when an announced cancellation comes, by date or by the end of the period', () => {
    const items = [team()];
    const byDate = subscription('sub_1', { items, cancelAt: now + 5 * day });
    const byPeriod = subscription('sub_1', {
      items,
      cancelAtPeriodEnd: true,
      currentPeriodEnd: now + 9 * day,
    });
    expect(ahead({ subscriptions: [byDate] })).toEqual([[5, 'subscriptionEnds', 'free']]);
    expect(ahead({ subscriptions: [byPeriod] })).toEqual([[9, 'subscriptionEnds', 'free']]);
  });

  it('comes step by step where several end, and leaves out what changes nothing', () => {
    const subscriptions = [
      subscription('sub_1', { items: [team()], cancelAt: now + 2 * day }),
      subscription('sub_2', { items: [pro()], cancelAt: now + 4 * day }),
      subscription('sub_3', { items: [team(3)] }),
    ];
    expect(ahead({ subscriptions })).toEqual([[4, 'subscriptionEnds', 'team']]);
  });

  it('is the end of a grace', () => {
    const late = subscription('sub_1', { status: 'past_due', items: [team()], owedSince: now - 3 * day });
    expect(ahead({ subscriptions: [late] })).toEqual([[4, 'graceEnds', 'free']]);
  });

  it('is the end of a trial, of which nobody knows what follows', () => {
    const trial = subscription('sub_1', { status: 'trialing', items: [team()], trialEnd: now + 3 * day });
    expect(ahead({ subscriptions: [trial] })).toEqual([[3, 'trialEnds', null]]);
  });

  it('does not name what is over', () => {
    const over = subscription('sub_1', { items: [team()], cancelAt: now - day });
    expect(ahead({ subscriptions: [over] })).toEqual([]);
  });
});
