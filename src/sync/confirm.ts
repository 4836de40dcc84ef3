import type { CustomerRecord } from '../domain/customer/customer-record.ts';
import { difference, hashesOf } from '../domain/identity/difference.ts';
import type { Content, Identity } from '../domain/identity/identity.ts';
import type { Change, Outcome } from '../domain/outcome/outcome.ts';
import { ownedBy, ownedPart, type Owned } from '../domain/identity/ownership.ts';
import { named } from '../domain/words.ts';
import { settle } from '../domain/customer/record-transitions.ts';
import type { Attempt } from './attempt.ts';
import { tellHolder } from './claim-identity.ts';
import { failed, refused, type Conclusion } from './conclusion.ts';
import { confirmed } from './findings.ts';
import type { SyncDeps } from './ports.ts';
import { readIdentity } from './read-identity.ts';
import { driftRoundsAllowed, isUndoneTooOften, unknownEnd, writtenByOthers } from './undone.ts';
import { iso } from '../domain/iso-time.ts';

type ConfirmDeps = Pick<SyncDeps, 'claims' | 'requestSync' | 'now' | 'customers' | 'outcomes' | 'settings'>;

export type Confirmation =
  | { readonly kind: 'confirmed' }
  /** The identity is not as we wrote it, or we do not know what we wrote: a full run is due. */
  | { readonly kind: 'differs' }
  | { readonly kind: 'conclusion'; readonly conclusion: Conclusion };

/**
 * Reads an identity back after a write had time to settle: Unkey's 200 does not prove the stored state. It asks Unkey
 * alone, and completes the outcome of the write.
 */
export async function confirm(deps: ConfirmDeps, attempt: Attempt): Promise<Confirmation> {
  const { taken } = attempt;
  if (taken.externalId === null) return { kind: 'differs' };
  const read = await readIdentity(attempt.unkey, taken.externalId, ownedBy(attempt.plans.planFile));
  if (!read.ok) {
    const explanation = [`The last write could not be confirmed: ${read.failure.title}.`];
    const conclusion = failed({ explanation, subscriptionIds: [], findings: {} }, read.failure);
    return { kind: 'conclusion', conclusion };
  }
  // Somebody else decides over it by now, and our write may have come after theirs.
  if (await tellHolder(deps, taken.externalId, attempt.customerId)) return { kind: 'differs' };
  if (read.value !== null && asWritten(attempt, read.value)) {
    attempt.releaseSlot();
    await completeOutcome(deps, attempt);
    return { kind: 'confirmed' };
  }
  if (unknownEnd(taken)) return { kind: 'differs' };
  if (isUndoneTooOften(taken)) {
    const ours = taken.lastWriteOutcomeId === null ? null : await deps.outcomes.get(taken.lastWriteOutcomeId);
    return { kind: 'conclusion', conclusion: contested(attempt, read.value, ours) };
  }
  await deps.customers.change(attempt.customerId, (record) =>
    record.ticket === taken.ticket ? { ...record, driftRounds: record.driftRounds + 1 } : record,
  );
  return { kind: 'differs' };
}

function asWritten({ plans, taken }: Attempt, identity: Identity): boolean {
  const actual = ownedPart(ownedBy(plans.planFile), identity);
  const { overrides = null } = taken.written;
  return identityAsWritten(taken, actual) && matches(overrides, hashesOf(actual).overrides);
}

function identityAsWritten({ written }: CustomerRecord, actual: Content): boolean {
  const { meta, ratelimits } = hashesOf(actual);
  return matches(written.meta, meta) && matches(written.ratelimits, ratelimits);
}

/** A field that was never ours to write cannot differ; one whose write has an unknown end always may. */
function matches(written: CustomerRecord['written']['meta'], actualHash: string): boolean {
  return written === null || written.hash === actualHash;
}

async function completeOutcome(deps: ConfirmDeps, attempt: Attempt): Promise<void> {
  const { taken } = attempt;
  const now = deps.now();
  attempt.span.set({
    'planwire.outcome.id': taken.lastWriteOutcomeId,
    'planwire.outcome.status': 'confirmed',
    'planwire.request_id': attempt.requests.at(-1)?.requestId ?? null,
  });
  if (taken.lastWriteOutcomeId !== null) {
    const confirmedAt = iso(now);
    await deps.outcomes.change(taken.lastWriteOutcomeId, (outcome) =>
      outcome === null || outcome.confirmedAt !== null
        ? outcome
        : { ...outcome, confirmedAt, requests: [...outcome.requests, ...attempt.requests] },
    );
  }
  await deps.customers.change(attempt.customerId, (record) =>
    settle(record, taken, { kind: 'confirmed' }, confirmed, now, deps.settings.confirmAfterMs),
  );
}

/** The values of both go into the outcome's change alone: logs repeat the error and must not hold metadata. */
function contested(attempt: Attempt, identity: Identity | null, ours: Outcome | null): Conclusion {
  const owned = ownedBy(attempt.plans.planFile);
  const is = difference(owned, ownedPart(owned, identity), identity);
  const written = ours?.change ?? null;
  const change: Change = {
    meta: { before: is.meta.before, after: written?.meta.after ?? {} },
    ratelimits: { before: is.ratelimits.before, after: written?.ratelimits.after ?? [] },
    ...(owned.overrides === undefined
      ? {}
      : { overrides: { before: is.overrides.before, after: written?.overrides?.after ?? [] } }),
  };
  const error = complaint(attempt, identity, owned);
  const wrote = ours === null ? '' : ` It was last written in ${ours.id}.`;
  const said = {
    explanation: [`${error.sentence} In change, before is what Unkey has and after what we wrote.${wrote}`],
    subscriptionIds: ours?.subscriptionIds ?? [],
    identityId: identity?.id ?? null,
    findings: confirmed,
  };
  const { code, title, sentence, remedy } = error;
  return refused(said, { code, title, detail: `${sentence} ${remedy}` }, change);
}

function complaint({ taken }: Attempt, identity: Identity | null, owned: Owned) {
  const actual = ownedPart(owned, identity);
  const absent = [...(owned.overrides ?? [])].filter(
    (namespace) => !Object.hasOwn(actual.overrides ?? {}, namespace),
  );
  if (identityAsWritten(taken, actual) && absent.length > 0) {
    const overrides = named(absent, 'The override', 'The overrides');
    return {
      code: 'override_absent',
      title: 'An override is not there though it was set',
      sentence: `${overrides} did not show ${driftRoundsAllowed} times in a row, though Unkey took what was set.`,
      remedy:
        'Either the root key lacks the permission ratelimit.*.read_override, or somebody deleted it at Unkey, where a deleted override never counts again: then name another namespace in the plan file and in your code.',
    };
  }
  return writtenByOthers;
}
