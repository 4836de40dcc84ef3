import type { Content } from './identity.ts';
import { byText, recordOf } from '../own.ts';
import type { PlanFile } from '../plan-file/plan-file.ts';

/** The metadata keys, limit names and namespaces that are Planwire's to change; everything else is never touched. */
export interface Owned {
  readonly meta: OwnedNames;
  readonly ratelimits: OwnedNames;
  /** Namespaces of overrides; absent where the plan file names none. */
  readonly overrides?: ReadonlySet<string>;
}
export type OwnedNames = 'all' | ReadonlySet<string>;

/** Under `merge`: what any plan names, and what is retired. */
export function ownedBy(planFile: PlanFile): Owned {
  const { ownership } = planFile;
  const plans = Object.values(planFile.plans);
  const namespaces = new Set(plans.flatMap((plan) => Object.keys(plan.overrides ?? {})));
  return {
    ...(namespaces.size === 0 ? {} : { overrides: namespaces }),
    meta:
      ownership.meta === 'replace'
        ? 'all'
        : new Set([...plans.flatMap((plan) => Object.keys(plan.meta)), ...ownership.retired.meta]),
    ratelimits:
      ownership.ratelimits === 'replace'
        ? 'all'
        : new Set([
            ...plans.flatMap((plan) => Object.keys(plan.ratelimits)),
            ...ownership.retired.ratelimits,
          ]),
  };
}

/** The part of an identity that is owned; an identity that does not exist owns nothing. */
export function ownedPart(owned: Owned, identity: Content | null): Content {
  const { overrides } = owned;
  return {
    ...(overrides === undefined ? {} : { overrides: pick(identity?.overrides ?? {}, overrides, true) }),
    meta: pick(identity?.meta ?? {}, owned.meta, true),
    ratelimits: pick(identity?.ratelimits ?? {}, owned.ratelimits, true),
  };
}

/** The part of an identity that must stay as it is, though it is sent along. */
export function foreignPart(owned: Owned, identity: Content | null): Omit<Content, 'overrides'> {
  return {
    meta: pick(identity?.meta ?? {}, owned.meta, false),
    ratelimits: pick(identity?.ratelimits ?? {}, owned.ratelimits, false),
  };
}

function pick<T>(
  record: Readonly<Record<string, T>>,
  names: OwnedNames,
  wantOwned: boolean,
): Record<string, T> {
  const isOwned = (name: string): boolean => names === 'all' || names.has(name);
  const entries = Object.entries(record).filter(([name]) => isOwned(name) === wantOwned);
  return recordOf(entries.sort(([a], [b]) => byText(a, b)));
}
