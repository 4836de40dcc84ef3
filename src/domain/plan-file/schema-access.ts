import { z } from 'zod';
import type { Access } from './plan-file.ts';
import { duration } from './schema-values.ts';

/** Why a subscription is paused, in Stripe's words of today. */
export const pauseKindNames = [
  'pause_requested',
  'trial_end_without_payment_method',
  'first_payment_failure',
  'final_payment_failure',
  'system',
  'other',
] as const;
const pauseKinds = z.strictObject(
  Object.fromEntries(
    pauseKindNames.map((kind) => [kind, z.enum(['full', 'none'], { error: 'full or none' }).optional()]),
  ) as Record<(typeof pauseKindNames)[number], z.ZodOptional<z.ZodEnum<{ full: 'full'; none: 'none' }>>>,
);

const worth = z.enum(['full', 'none'], { error: 'full or none' });

/** What a subscription status is worth. */
export const access = z.union(
  [worth, z.strictObject({ grace: duration }), pauseKinds.transform((kinds) => ({ kinds: namedOf(kinds) }))],
  { error: 'full, none or { grace: 7d }' },
);

function namedOf(kinds: z.output<typeof pauseKinds>): Record<string, 'full' | 'none'> {
  const named = Object.entries(kinds).flatMap(([kind, value]) =>
    value === undefined ? [] : [[kind, value] as const],
  );
  return Object.fromEntries(named);
}

/** Where a plan file says nothing of access. */
export const defaultAccess: Readonly<Record<string, Access>> = {
  active: 'full',
  trialing: 'full',
  past_due: { grace: 7 * 86_400_000 },
};
