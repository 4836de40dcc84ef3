import { listed } from '../../domain/words.ts';
import { notUs, type DriftRow } from '../../domain/drift.ts';
import type { FleetReader, KeysAsked, ListedKey } from '../../domain/fleet.ts';
import { overriddenBy } from '../../domain/identity/enforced.ts';
import type { Limits } from '../../domain/identity/identity.ts';
import { ownedBy, ownedPart } from '../../domain/identity/ownership.ts';
import { dryRun, type DryRunDeps } from '../../queries/dry-run.ts';
import type { Budget } from './budget.ts';
import { leadersTo } from './look-afresh.ts';
import type { KeySuspect } from './place.ts';
import { rowOf } from './verdict.ts';

export interface KeysDeps extends DryRunDeps {
  readonly fleet: Pick<FleetReader, 'keys'>;
  readonly budget: Budget;
}

/** A page of keys in its turn of the budget. */
export function pageOf({ fleet, budget }: KeysDeps, of: KeysAsked) {
  const { keys } = fleet;
  if (keys === null) throw new Error('Nobody has said of which API the keys are.');
  return budget.read(() => keys(of));
}

/** Whether the key has a limit that the plan file names. */
export function hasOwn({ plans }: KeysDeps, key: ListedKey): boolean {
  const owned = ownedBy(plans().planFile).ratelimits;
  return Object.keys(key.ratelimits).some((name) => owned === 'all' || owned.has(name));
}

/** Reads who it is, what that one should have and all keys of the identity: the page itself only raised suspicion. */
export async function lookAtKeys(
  deps: KeysDeps,
  suspect: KeySuspect,
  plan: string | null,
): Promise<readonly DriftRow[]> {
  const led =
    'customerId' in suspect
      ? await byCustomer(deps, suspect.customerId)
      : await byIdentity(deps, suspect.externalId);
  if (typeof led === 'string') {
    const whose =
      'customerId' in suspect ? { customerId: suspect.customerId } : { externalId: suspect.externalId };
    return [rowOf('could_not_tell', { ...whose, detail: led })];
  }
  if (led === null || (plan !== null && led.plan !== plan)) return [];
  const { customerId, externalId } = led;
  const keys = await keysOf(deps, externalId);
  if (typeof keys === 'string') return [rowOf('could_not_tell', { customerId, externalId, detail: keys })];
  // The keys of one identity are strewn over the pages: it is told where the first of them stands.
  const first = keys.find((key) => hasOwn(deps, key))?.keyId;
  if ('keyId' in suspect && first !== undefined && first < suspect.keyId) return [];
  return overriddenBy(led.should, keys).map(({ limit, keys: own }) =>
    rowOf('key_overrides_limit', {
      customerId,
      externalId,
      field: `ratelimits.${limit}`,
      should: led.should[limit],
      is: own.slice(0, mostShown).map(({ keyId, ratelimits }) => ({ keyId, ...ratelimits[limit] })),
      writtenBy: notUs,
      detail: detailOf(
        limit,
        own.map(({ keyId }) => keyId),
        keys.length,
      ),
    }),
  );
}

const mostShown = 20;

function detailOf(limit: string, keyIds: readonly string[], all: number): string {
  return `${keyIds.length} of ${all} ${all === 1 ? 'key overrides' : 'keys override'} ${limit}: ${listed(keyIds, mostShown)}.`;
}

interface Led {
  readonly customerId: string | null;
  readonly externalId: string;
  readonly plan: string | null;
  readonly should: Limits;
}

/** A sentence where it could not be read; null: nothing is decided, which is the row of another class. */
async function byCustomer(deps: KeysDeps, customerId: string): Promise<Led | string | null> {
  const { conclusion, resolution } = await dryRun(deps, customerId);
  if (resolution === null) {
    return conclusion.kind === 'upstream'
      ? (conclusion.explanation.at(-1) ?? 'Stripe did not answer.')
      : null;
  }
  if (resolution.kind !== 'decided' || resolution.externalId === null) return null;
  const { externalId, plan, wanted } = resolution;
  return { customerId, externalId, plan, should: wanted.ratelimits };
}

/** Of those who lead there whoever is granted something; where nobody leads there, what is there is what should be. */
async function byIdentity(deps: KeysDeps, externalId: string): Promise<Led | string | null> {
  const customerIds = await leadersTo(deps, externalId);
  if (customerIds === null) return 'Stripe could not be searched.';
  let led: Led | null = null;
  let undecided = false;
  for (const customerId of customerIds) {
    const { resolution, conclusion } = await dryRun(deps, customerId);
    if (resolution === null && conclusion.kind === 'upstream')
      return conclusion.explanation.at(-1) ?? 'Stripe did not answer.';
    if (resolution?.externalId !== externalId) continue;
    if (resolution.kind !== 'decided') undecided = true;
    else if (led === null || resolution.granting) {
      led = { customerId, externalId, plan: resolution.plan, should: resolution.wanted.ratelimits };
      if (resolution.granting) return led;
    }
  }
  if (led !== null || undecided) return led;
  const identity = await deps.unkey.get(externalId);
  if (!identity.ok) return identity.failure.title;
  const { ratelimits } = ownedPart(ownedBy(deps.plans().planFile), identity.value);
  return { customerId: null, externalId, plan: null, should: ratelimits };
}

async function keysOf(deps: KeysDeps, externalId: string): Promise<readonly ListedKey[] | string> {
  const keys: ListedKey[] = [];
  for (let cursor: string | null = null; ;) {
    const page: Awaited<ReturnType<typeof pageOf>> = await pageOf(deps, { externalId, cursor });
    if (!page.ok) return `The keys could not be read: ${page.failure.title}.`;
    keys.push(...page.value.keys);
    if (page.value.next === null) return keys;
    cursor = page.value.next;
  }
}
