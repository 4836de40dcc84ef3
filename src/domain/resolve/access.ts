import { byText, own } from '../own.ts';
import { formatDuration } from '../plan-file/duration.ts';
import type { PlanFile } from '../plan-file/plan-file.ts';
import type { Subscription } from '../subscription.ts';
import { isoTime } from '../plan-file/template.ts';
import { named } from '../words.ts';

/** Which subscriptions grant now; both lists newest first. */
export interface Granting {
  readonly granting: readonly Subscription[];
  readonly others: readonly Subscription[];
  /** When the first grace ends that grants now. */
  readonly validUntil: number | null;
  /** When a subscription was first seen in a status with a grace, while any is in one, be the grace over or not. */
  readonly pastDueSince: number | null;
  readonly sentences: readonly string[];
}

interface Standing {
  readonly subscription: Subscription;
  readonly grants: boolean;
  readonly grace: { readonly since: number; readonly ends: number; readonly length: number } | null;
}

/**
 * What each subscription's status is worth. An announced cancellation, a paused collection and a pending update
 * change nothing now. A grace counts from the open invoices; without one, from when it was first seen.
 */
export function grantingNow(
  planFile: PlanFile,
  subscriptions: readonly Subscription[],
  firstSeenPastDue: number | null,
  now: number,
): Granting {
  const seenSince = firstSeenPastDue === null ? now : Math.min(firstSeenPastDue, now);
  const standings = newestFirst(subscriptions).map((subscription): Standing => {
    const access = own(planFile.access, subscription.status) ?? 'none';
    const worth =
      typeof access === 'object' && 'kinds' in access ? ofKind(access.kinds, subscription) : access;
    if (typeof worth === 'string') return { subscription, grants: worth === 'full', grace: null };
    const owed = subscription.owedSince;
    // What was seen before this subscription existed was another one.
    const seen = Number.isFinite(subscription.createdAt)
      ? Math.max(seenSince, subscription.createdAt)
      : seenSince;
    const since = owed !== null && Number.isFinite(owed) ? owed : seen;
    const ends = since + worth.grace;
    return { subscription, grants: now < ends, grace: { since, ends, length: worth.grace } };
  });
  const graces = standings.flatMap(({ grants, grace }) => (grace === null ? [] : [{ grants, ...grace }]));
  return {
    granting: standings.filter(({ grants }) => grants).map(({ subscription }) => subscription),
    others: standings.filter(({ grants }) => !grants).map(({ subscription }) => subscription),
    validUntil: least(graces.filter(({ grants }) => grants).map(({ ends }) => ends)),
    pastDueSince: graces.length === 0 ? null : seenSince,
    sentences: sentencesOf(standings),
  };
}

/** Kinds that are not listed, and those that Stripe may add, are `other`, and that grants nothing unless it is listed. */
function ofKind(
  kinds: Readonly<Record<string, 'full' | 'none'>>,
  { pausedBecause }: Subscription,
): 'full' | 'none' {
  const listed = pausedBecause === undefined ? undefined : own(kinds, pausedBecause);
  return listed ?? own(kinds, 'other') ?? 'none';
}

/** Ties are broken by id, so that the order of reading never matters. */
export function newestFirst(subscriptions: readonly Subscription[]): readonly Subscription[] {
  return [...subscriptions].sort((a, b) => b.createdAt - a.createdAt || byText(b.id, a.id));
}

function sentencesOf(standings: readonly Standing[]): readonly string[] {
  if (standings.length === 0) return ['The customer has no subscription that is not canceled.'];
  const graces = standings.filter(({ grace }) => grace !== null).map((standing) => graceSentence(standing));
  const byStatus = new Map<string, Standing[]>();
  for (const standing of standings.filter(({ grace }) => grace === null)) {
    const status = statusOf(standing.subscription);
    byStatus.set(status, [...(byStatus.get(status) ?? []), standing]);
  }
  const plain = [...byStatus].map(([status, same]) => {
    const ids = same.map(({ subscription }) => subscription.id);
    const one = ids.length === 1;
    const worth =
      same[0]?.grants === true ? (one ? 'grants' : 'grant') : one ? 'grants nothing' : 'grant nothing';
    return `${named(ids, 'Subscription', 'Subscriptions')} ${one ? 'is' : 'are'} ${status} and ${worth}.`;
  });
  return [...plain, ...graces, ...standings.flatMap(({ subscription }) => resumeSentence(subscription))];
}

/** Why it is paused belongs to the status. */
function statusOf({ status, pausedBecause }: Subscription): string {
  return pausedBecause === undefined ? status : `${status} (${pausedBecause})`;
}

function resumeSentence({ id, collectionResumesAt }: Subscription): readonly string[] {
  if (collectionResumesAt === undefined) return [];
  return [
    `Payments of subscription ${id} are paused until ${isoTime(collectionResumesAt) ?? 'an unknown time'}, which changes nothing now.`,
  ];
}

function graceSentence({ subscription, grants, grace }: Standing): string {
  const since = isoTime(grace?.since) ?? 'an unknown time';
  const ends = isoTime(grace?.ends) ?? 'an unknown time';
  const length = formatDuration(grace?.length ?? 0);
  const start = `Subscription ${subscription.id} is ${subscription.status} and`;
  return grants
    ? `${start} grants until ${ends}: money is owed since ${since} and the grace is ${length}.`
    : `${start} grants nothing: money is owed since ${since} and the grace of ${length} ended at ${ends}.`;
}

function least(times: readonly number[]): number | null {
  return times.length === 0 ? null : times.reduce((a, b) => Math.min(a, b));
}
