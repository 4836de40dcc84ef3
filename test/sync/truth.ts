import { difference } from '../../src/domain/identity/difference.ts';
import { ownedBy } from '../../src/domain/identity/ownership.ts';
import type { Decision, Resolution } from '../../src/domain/resolve/resolution.ts';
import { resolve } from '../../src/domain/resolve/resolve.ts';
import { stateOf, type World } from './world.ts';

/**
 * What is wrong in a world that came to rest: an identity that is not what the plan file makes of those who lead to it,
 * a customer who fails without a reason, or something that is still owed.
 */
export function wrongIn(world: World): readonly string[] {
  return [...wrongIdentities(world), ...wrongFailures(world), ...owed(world)];
}

/**
 * P5: writes by which somebody who paid, by what Stripe said then, lost it to another or to the fallback. It says
 * nothing where Stripe changes while somebody works.
 */
export function wrongWrites(world: World): readonly string[] {
  return world.writes.flatMap(({ externalId, meta, ratelimits, overrides, payers }) => {
    const writer = meta?.['customer'];
    const others = writer !== undefined && !payers.some((id) => id === writer);
    const falls =
      meta?.['plan'] === 'free' ||
      ratelimits?.['requests']?.limit === 100 ||
      overrides?.['api']?.limit === 10;
    return payers.length > 0 && (others || falls)
      ? [`${externalId} of ${payers.join(' and ')} got ${JSON.stringify({ meta, ratelimits, overrides })}`]
      : [];
  });
}

function decisions(
  world: World,
): readonly { readonly customerId: string; readonly resolution: Resolution }[] {
  return [...world.stripe.keys()].map((customerId) => ({
    customerId,
    resolution: decide(world, customerId),
  }));
}

function decide(world: World, customerId: string): Resolution {
  const state = stateOf(world, customerId);
  if (state === null) throw new Error(`There is no ${customerId}.`);
  return resolve(world.plans.planFile, state, { externalId: null, pastDueSince: null }, world.now);
}

function wrongIdentities(world: World): readonly string[] {
  const all = decisions(world);
  const leads = all.flatMap(({ resolution: { externalId } }) => (externalId === null ? [] : [externalId]));
  return [...new Set([...leads, ...world.unkey.keys()])].flatMap((externalId) => {
    const here = all.filter(({ resolution }) => resolution.externalId === externalId);
    // What the plan file cannot decide leaves an identity as it is.
    if (here.some(({ resolution }) => resolution.kind === 'refused')) return [];
    const deciding = here.flatMap(({ resolution }) => (resolution.kind === 'decided' ? [resolution] : []));
    const payers = deciding.filter(({ granting }) => granting);
    const actual = world.unkey.get(externalId) ?? null;
    if (actual === null)
      return payers.length > 0 ? [`${externalId} does not exist, but somebody pays for it`] : [];
    const allowed = payers.length > 0 ? payers : deciding;
    if (allowed.some((decision) => isSo(world, decision, externalId))) return [];
    // Whoever led there last wrote the fallback where nobody does now.
    const { meta, overrides } = actual;
    if (allowed.length === 0 && meta['plan'] === 'free' && overrides?.['api']?.limit === 10) return [];
    const wanted = allowed.map((decision) => JSON.stringify(decision.wanted)).join(' or ');
    return [
      `${externalId} has ${JSON.stringify({ meta, overrides })}, should have ${wanted || 'the fallback'}`,
    ];
  });
}

function isSo(world: World, { wanted }: Decision, externalId: string): boolean {
  const actual = world.unkey.get(externalId) ?? null;
  const differs = difference(ownedBy(world.plans.planFile), wanted, actual);
  return Object.values(differs).every(({ changed }) => changed === false);
}

/** Of several who pay for one identity all but one fail; nobody else does, unless the plan file cannot decide. */
function wrongFailures(world: World): readonly string[] {
  const all = decisions(world);
  return all
    .flatMap(({ customerId, resolution }) => {
      const record = world.customers.get(customerId);
      const code = record?.failingSince == null ? null : record.failingCode;
      if (resolution.kind === 'refused')
        return code === resolution.code ? [] : [`${customerId} does not fail`];
      const others = all.filter(
        (other) => other.customerId !== customerId && other.resolution.externalId === resolution.externalId,
      );
      const rival =
        resolution.granting && others.some(({ resolution: one }) => one.kind === 'refused' || one.granting);
      if (code === null || (code === 'identity_contested' && rival)) return [];
      return [`${customerId} fails: ${code}`];
    })
    .concat(uncontested(world));
}

/** Of several who pay for one identity one has it, and the others are told. */
function uncontested(world: World): readonly string[] {
  const all = decisions(world);
  return [...new Set(all.map(({ resolution }) => resolution.externalId))].flatMap((externalId) => {
    const here = all.filter(({ resolution }) => resolution.externalId === externalId);
    // One that cannot be decided about may have it, and then none of the others does.
    if (here.some(({ resolution }) => resolution.kind === 'refused')) return [];
    const payers = here.filter(({ resolution }) => resolution.kind === 'decided' && resolution.granting);
    const failing = payers.filter(({ customerId }) => world.customers.get(customerId)?.failingSince != null);
    if (payers.length - failing.length === (payers.length === 0 ? 0 : 1)) return [];
    return [`${payers.length} pay for ${externalId}, ${failing.length} of them fail`];
  });
}

function owed(world: World): readonly string[] {
  return [...world.customers.values()].flatMap((record) => {
    if (record.dirtySince !== null) return [`${record.customerId} is still dirty`];
    if (record.unconfirmedSince !== null) return [`${record.customerId} is not confirmed`];
    return record.movedFrom.length > 0
      ? [`${record.customerId} has not left ${record.movedFrom.join()}`]
      : [];
  });
}
