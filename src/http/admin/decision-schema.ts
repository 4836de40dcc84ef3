import { z } from 'zod';
import { recordOf } from '../../domain/own.ts';
import type { LimitSums, Resolution } from '../../domain/resolve/resolution.ts';
import { isoTime } from './fields.ts';
import { isoOrNull } from '../../domain/iso-time.ts';

const text = z.string();
const values = z.record(z.string(), z.unknown());
export const rate = z.object({
  limit: z.number(),
  duration: z.number().meta({ description: 'Milliseconds' }),
});
const limit = rate.extend({ autoApply: z.boolean() });
export const limits = z.record(z.string(), limit);
export const overrides = z.record(z.string(), rate).optional().meta({
  description: 'Overrides by namespace; absent where the plan file names none',
});

const amount = z.number();
const part = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('plan'), amount }),
    z.object({ kind: z.literal('units'), each: z.number(), count: z.number(), amount }),
    z.object({
      kind: z.literal('addon'),
      addon: text,
      each: z.number(),
      count: z.number(),
      amount,
    }),
    z.object({
      kind: z.literal('override'),
      key: text.meta({ description: "Of the customer's metadata" }),
      amount,
    }),
  ])
  .meta({ id: 'LimitPart', description: 'What a limit is made of; the amounts add up to it' });

const sums = z.record(z.string(), z.array(part));

const decided = z.object({
  kind: z.literal('decided'),
  plan: text.nullable(),
  rank: z.number().nullable(),
  granting: z.boolean(),
  externalId: text.nullable(),
  wanted: z.object({ meta: values, ratelimits: limits, overrides }),
  sums: sums.meta({ description: 'How each limit comes to its number' }),
  overrideSums: sums.optional().meta({ description: 'How each override comes to its number, by namespace' }),
  validUntil: isoTime.nullable(),
  pastDueSince: isoTime.nullable(),
  subscriptionIds: z.array(text),
  explanation: z.array(text),
});

const refused = z.object({
  kind: z.literal('refused'),
  code: text,
  detail: text,
  subscriptionIds: z.array(text),
  explanation: z.array(text),
});

export const decision = z
  .discriminatedUnion('kind', [decided, refused])
  .meta({ id: 'Decision', description: "What the plan file makes of the customer's present subscriptions" });

export const identity = z
  .object({ id: text, externalId: text, meta: values, ratelimits: limits, overrides })
  .meta({ id: 'Identity', description: 'The identity as Unkey has it now' });

export const identityUpdate = z
  .object({
    identity: text,
    meta: values.optional(),
    ratelimits: z.array(limit.extend({ name: text })).optional(),
  })
  .meta({ id: 'IdentityUpdate', description: 'The exact body of identities.updateIdentity' });

export const identityCreation = z
  .object({
    externalId: text,
    meta: values,
    ratelimits: z.array(limit.extend({ name: text })),
  })
  .meta({ id: 'IdentityCreation', description: 'The exact body of identities.createIdentity' });

export const overrideSetting = rate
  .extend({ namespace: text, identifier: text })
  .meta({ id: 'OverrideSetting', description: 'The exact body of ratelimit.setOverride' });

export function shownDecision(resolution: Resolution): z.output<typeof decision> {
  const subscriptionIds = [...resolution.subscriptionIds];
  const explanation = [...resolution.explanation];
  if (resolution.kind === 'refused') {
    const { kind, code, detail } = resolution;
    return { kind, code, detail, subscriptionIds, explanation };
  }
  const { kind, plan, rank, granting, externalId, wanted, overrideSums } = resolution;
  const validUntil = isoOrNull(resolution.validUntil);
  const pastDueSince = isoOrNull(resolution.pastDueSince);
  return {
    kind,
    plan,
    rank,
    granting,
    externalId,
    wanted,
    sums: shownSums(resolution.sums),
    ...(overrideSums === undefined ? {} : { overrideSums: shownSums(overrideSums) }),
    validUntil,
    pastDueSince,
    subscriptionIds,
    explanation,
  };
}

function shownSums(parts: LimitSums): z.output<typeof sums> {
  return recordOf(Object.entries(parts).map(([name, each]) => [name, [...each]] as const));
}
