import type { PlanFile } from '../../domain/plan-file/plan-file.ts';
import {
  addDigests,
  identityTeller,
  overrideDigest,
  tell,
  together,
  type Fold,
  type SeenCustomer,
} from './fold.ts';
import type { ReadingPorts } from './reading.ts';

type CustomerNote = readonly [customerId: string, seen: SeenCustomer];
type IdentityNote = readonly [externalId: string, seen: number];
type OverrideNote = readonly [externalId: string, digest: number];

/** What came since the last step, as it is noted in case this process dies. */
// A type, so that it is a row as well.
export type Notes = {
  readonly customers: CustomerNote[];
  readonly identities: IdentityNote[];
  readonly overrides?: OverrideNote[];
};

function nothingNoted(): Required<Notes> {
  return { customers: [], identities: [], overrides: [] };
}

export function isEmpty({ customers, identities, overrides = [] }: Notes): boolean {
  return customers.length + identities.length + overrides.length === 0;
}

/** Folds what an earlier step noted. */
export function recall(fold: Fold, { customers, identities, overrides = [] }: Notes): void {
  for (const [id, seen] of customers) fold.customers.set(id, together(fold.customers.get(id), seen));
  for (const [id, seen] of identities) fold.identities.set(id, seen);
  for (const [id, digest] of overrides) addOverride(fold, id, digest);
}

function addOverride({ overrides }: Fold, externalId: string, digest: number): void {
  overrides.set(externalId, addDigests(overrides.get(externalId) ?? 0, digest));
}

type Folding = Pick<ReadingPorts, 'onSubscriptions' | 'onIdentities' | 'onOverrides'> & {
  /** What came since it was asked last. */
  readonly takeNotes: () => Notes;
};

/** Folds every page as it comes, and notes what it said. */
export function foldingInto(
  fold: Fold,
  planFile: PlanFile,
  { now, plan }: { readonly now: () => number; readonly plan: string | null },
): Folding {
  let notes = nothingNoted();
  const tellIdentity = identityTeller(planFile);
  return {
    onSubscriptions(page) {
      for (const listed of page) {
        const { id } = listed.customer;
        const seen = tell(planFile, listed, { now: now(), plan });
        fold.customers.set(id, together(fold.customers.get(id), seen));
        notes.customers.push([id, seen]);
      }
    },
    onIdentities(page) {
      for (const identity of page) {
        const seen = tellIdentity(identity);
        fold.identities.set(identity.externalId, seen);
        notes.identities.push([identity.externalId, seen]);
      }
    },
    onOverrides(page) {
      for (const override of page) {
        const digest = overrideDigest(override);
        addOverride(fold, override.identifier, digest);
        notes.overrides.push([override.identifier, digest]);
      }
    },
    takeNotes() {
      const taken = notes;
      notes = nothingNoted();
      return taken;
    },
  };
}
