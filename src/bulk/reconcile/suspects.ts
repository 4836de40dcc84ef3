import type { Expected } from '../../domain/drift.ts';
import { addDigests, unpacked, standings, type Fold, type SeenCustomer } from './fold.ts';

/** Whom to read afresh: a list raises suspicion, and never more than that. */
export type Suspect = SuspectCustomer | { readonly externalId: string };

// A type, so that it is a row as well.
export type SuspectCustomer = {
  readonly customerId: string;
  /** Of what the list says it should have; null: the list does not tell. */
  readonly digest: number | null;
  /** Nobody else who has a subscription, and may pay, leads to its identity. */
  readonly alone: boolean;
  /** Another who pays leads to the same identity, by the list. */
  readonly rival?: string;
  /** What was reported: whatever else is so now is left alone. */
  readonly expected?: readonly Expected[];
};

export interface Suspicion {
  readonly suspects: readonly Suspect[];
  /** Told by the lists alone. */
  readonly inStep: number;
  /** Identities of people without a subscription, as such identities should be. */
  readonly neverSubscribed: number;
  /** Customers who were asked for. */
  readonly customers: number;
  /** Customers to whom a subscription grants something. */
  readonly live: number;
}

type Named = readonly [customerId: string, seen: SeenCustomer];

/** @param plain what is listed of the overrides of one who has the fallback's */
export function suspicion({ customers, identities, overrides }: Fold, plain: number): Suspicion {
  const suspects: Suspect[] = [];
  const led = new Map<string, Named[]>();
  /** Of the identity with its overrides; null: there is none. */
  const digestAt = (externalId: string): number | null => {
    const identity = identities.get(externalId);
    if (identity === undefined) return null;
    return addDigests(unpacked(identity).digest, overrides.get(externalId) ?? 0);
  };
  let inStep = 0;
  let live = 0;
  let chosen = 0;
  for (const [customerId, seen] of customers) {
    if (seen.granting) live += 1;
    if (seen.chosen) chosen += 1;
    if (seen.externalId === null) suspects.push(suspect([customerId, seen], false));
    else led.set(seen.externalId, [...(led.get(seen.externalId) ?? []), [customerId, seen]]);
  }
  for (const [externalId, group] of led) {
    const found = within(group, digestAt(externalId));
    suspects.push(...found.filter(({ customerId }) => customers.get(customerId)?.chosen === true));
    const suspected = new Set(found.map(({ customerId }) => customerId));
    inStep += group.filter(([customerId, seen]) => seen.chosen && !suspected.has(customerId)).length;
  }
  let neverSubscribed = 0;
  const alone: Suspect[] = [];
  for (const [externalId, seen] of identities) {
    if (led.has(externalId)) continue;
    const set = overrides.get(externalId) ?? 0;
    const more = unpacked(seen).standing === standings.more || (set !== 0 && set !== plain);
    if (more) alone.push({ externalId });
    else neverSubscribed += 1;
  }
  return { suspects: [...suspects, ...alone], inStep, neverSubscribed, customers: chosen, live };
}

/** Of those who lead to one identity: who has the right to it, unless it is as that one should have it. */
function within(group: readonly Named[], identity: number | null): readonly SuspectCustomer[] {
  const unsure = group.filter(([, { telling }]) => telling === 'ask');
  const granting = group.filter(([, { telling, granting }]) => telling !== 'ask' && granting);
  const paying = [...unsure.filter(([, seen]) => seen.granting), ...granting];
  if (paying.length > 1) return paying.map((each) => suspect(each, false, rivalOf(each, paying)));
  const asked = unsure.map((each) => suspect(each, group.length === 1));
  if (unsure.length > 0) return [...asked, ...granting.map((each) => suspect(each, false))];
  const matches = ([, { digest }]: Named): boolean => identity === digest;
  const [payer] = granting;
  if (payer !== undefined) return matches(payer) ? [] : [suspect(payer, group.length === 1)];
  // Nothing is granted: without an identity there is nothing to lower.
  if (identity === null || group.some(matches)) return [];
  const newest = group.toSorted(([, a], [, b]) => b.created - a.created)[0];
  return newest === undefined ? [] : [suspect(newest, true)];
}

function suspect([customerId, seen]: Named, alone: boolean, rival?: string): SuspectCustomer {
  const digest = seen.telling === 'ask' ? null : seen.digest;
  return { customerId, digest, alone, ...(rival === undefined ? {} : { rival }) };
}

function rivalOf([customerId]: Named, paying: readonly Named[]): string | undefined {
  return paying.find(([other]) => other !== customerId)?.[0];
}
