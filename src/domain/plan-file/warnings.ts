import { metaBytes, metaWarningBytes } from '../identity/bounds.ts';
import { own } from '../own.ts';
import { readingNeeds } from './reading-needs.ts';
import { knownStatuses } from './check-access.ts';
import { byHandWarnings } from './by-hand-warnings.ts';
import { formatDuration } from './duration.ts';
import { shown } from './finding.ts';
import type { Finding } from './finding.ts';
import type { Plan, PlanFile, PlanRate, RateField } from './plan-file.ts';

/** What is allowed and probably not meant. */
export function warningFindings(planFile: PlanFile): readonly Finding[] {
  return [
    ...identityWarnings(planFile),
    ...accessWarnings(planFile),
    ...limitNameWarnings(planFile),
    ...durationWarnings(planFile, 'ratelimits'),
    ...durationWarnings(planFile, 'overrides'),
    ...fallbackWarnings(planFile),
    ...byHandWarnings(planFile),
    ...Object.entries(planFile.plans).flatMap(([name, plan]) => planWarnings(planFile, name, plan)),
  ];
}

function identityWarnings(planFile: PlanFile): readonly Finding[] {
  const { externalId, missing } = planFile.identity;
  const path = ['identity', 'externalId'];
  const findings: Finding[] = [];
  if (readingNeeds(planFile).clientReferenceId) {
    findings.push({
      path,
      message: 'whoever pays through a payment link can set checkout.clientReferenceId in its address',
      remedy: 'use it only where your own server creates the Checkout sessions',
    });
  }
  if (
    externalId.length > 1 &&
    missing === 'create' &&
    externalId.some((text) => text.includes('customer.id'))
  ) {
    findings.push({
      path,
      message:
        'with "missing: create", customer.id in a list makes a second identity for a customer whose metadata is set a moment later',
      remedy: 'remove customer.id from the list, or write "missing: fail"',
    });
  }
  return findings;
}

function accessWarnings({ access }: PlanFile): readonly Finding[] {
  const unknown = Object.keys(access).filter((status) => !knownStatuses.some((known) => known === status));
  const findings = unknown.map((status) => ({
    path: ['access', status],
    message: `"${status}" is not a status that Stripe has today`,
    remedy: 'check the spelling',
  }));
  if (!Object.hasOwn(access, 'trialing')) {
    findings.push({
      path: ['access'],
      message: 'it does not name the status trialing, so a customer on trial gets nothing',
      remedy: 'add "trialing: full", or "trialing: none" if it is meant so',
    });
  }
  if (access['active'] !== 'full') {
    findings.push({
      path: ['access', 'active'],
      message: 'an active subscription grants nothing',
      remedy: 'write "active: full" unless it is meant so',
    });
  }
  return findings;
}

/** Asking Unkey for a limit that an identity does not have fails the verification. */
function limitNameWarnings({ plans }: PlanFile): readonly Finding[] {
  const holders = new Map<string, string>();
  for (const [plan, { ratelimits }] of Object.entries(plans)) {
    for (const name of Object.keys(ratelimits)) if (!holders.has(name)) holders.set(name, plan);
  }
  return Object.entries(plans).flatMap(([plan, { ratelimits }]) =>
    [...holders]
      .filter(([name]) => !Object.hasOwn(ratelimits, name))
      .map(([name, holder]) => ({
        path: ['plans', plan, 'ratelimits'],
        message: `it has no limit "${name}", which plan ${shown(holder)} has: a verification that asks for it would fail`,
        remedy: 'name the same limits in every plan',
      })),
  );
}

function durationWarnings({ plans }: PlanFile, field: RateField): readonly Finding[] {
  const first = new Map<string, { readonly plan: string; readonly duration: number }>();
  return Object.entries(plans).flatMap(([plan, body]) =>
    Object.entries(body[field] ?? {}).flatMap(([name, { duration }]) => {
      const before = first.get(name);
      if (before === undefined) first.set(name, { plan, duration });
      if (before === undefined || before.duration === duration) return [];
      const [here, there] = [formatDuration(duration), formatDuration(before.duration)];
      return [
        {
          path: ['plans', plan, field, name, 'duration'],
          message: `it is ${here} here and ${there} in plan ${shown(before.plan)}: changing between them restarts the counter`,
          remedy: 'give the limit one duration in all plans',
        },
      ];
    }),
  );
}

function fallbackWarnings({ fallback, plans, addons }: PlanFile): readonly Finding[] {
  if (fallback === null) {
    return Object.keys(addons).length === 0
      ? []
      : [
          {
            path: ['addons'],
            message: 'there is no fallback, so a customer with nothing but an add-on is reported as failed',
            remedy: 'name a plan as fallback',
          },
        ];
  }
  const free = own(plans, fallback);
  return Object.entries(plans).flatMap(([name, plan]) =>
    name === fallback || free === undefined ? [] : worseThan(fallback, free, name, plan),
  );
}

function worseThan(fallback: string, free: Plan, name: string, plan: Plan): readonly Finding[] {
  const findings: Finding[] = [];
  if (plan.rank < free.rank) {
    findings.push({
      path: ['plans', name, 'rank'],
      message: `it is below the rank of the fallback ${shown(fallback)}`,
      remedy: 'give the fallback the lowest rank',
    });
  }
  for (const [field, limit, spec] of ratesOf(plan)) {
    const other = own<PlanRate>(free[field] ?? {}, limit);
    if (other === undefined || spec.limit >= other.limit || spec.duration < other.duration) continue;
    findings.push({
      path: ['plans', name, field, limit, 'limit'],
      message: `${spec.limit} is less than the ${other.limit} of the fallback ${shown(fallback)}: who pays would get less`,
      remedy: `write at least ${other.limit}`,
    });
  }
  return findings;
}

function planWarnings(planFile: PlanFile, name: string, plan: Plan): readonly Finding[] {
  const path = ['plans', name];
  const findings: Finding[] = [];
  if (plan.match.length === 0 && planFile.fallback !== name && planFile.overrides.plan === null) {
    findings.push({
      path,
      message: 'nothing leads to this plan',
      remedy: 'give it a match, make it the fallback, or remove it',
    });
  }
  if (metaBytes(plan.meta) > metaWarningBytes) {
    findings.push({
      path: [...path, 'meta'],
      message: 'the metadata is larger than 10 KB, and every key verification carries it',
      remedy: 'keep only what a verification needs',
    });
  }
  for (const [field, limit, { perUnit, included }] of ratesOf(plan)) {
    if (included === 0 || perUnit > 0) continue;
    findings.push({
      path: [...path, field, limit, 'included'],
      message: 'without perUnit it has no effect',
      remedy: 'add perUnit, or remove it',
    });
  }
  return findings;
}

function ratesOf(plan: Plan): readonly (readonly [RateField, string, PlanRate])[] {
  return (['ratelimits', 'overrides'] as const).flatMap((field) =>
    Object.entries<PlanRate>(plan[field] ?? {}).map(([name, rate]) => [field, name, rate] as const),
  );
}
