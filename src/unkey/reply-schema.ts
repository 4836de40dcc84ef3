import { z } from 'zod';
import { inOrder } from './limits.ts';

/** Answers, read as tolerantly as can be: a write that succeeded must not look failed for want of a field. */

const ratelimit = z.object({
  id: z.string().default(''),
  name: z.string(),
  limit: z.number(),
  duration: z.number(),
  autoApply: z.boolean().default(false),
});

const ratelimits = z
  .array(ratelimit)
  .nullish()
  .transform((limits) => inOrder(limits ?? []));

const meta = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((value) => value ?? {});

const identity = z.object({ id: z.string(), externalId: z.string(), meta, ratelimits });

const pagination = z.object({ hasMore: z.boolean(), cursor: z.string().min(1).optional() });

const key = z.object({
  keyId: z.string(),
  name: z.string().nullish(),
  enabled: z.boolean().default(true),
  identity: z.object({ externalId: z.string() }).nullish(),
  ratelimits,
});

/** Of a key that cannot be used much is absent. */
const verification = z.object({
  valid: z.boolean(),
  code: z.string(),
  keyId: z.string().nullish(),
  identity: z.object({ externalId: z.string() }).nullish(),
  ratelimits: z
    .array(
      z.object({
        name: z.string(),
        limit: z.number(),
        duration: z.number(),
        autoApply: z.boolean().default(false),
      }),
    )
    .nullish()
    .transform((limits) => inOrder(limits ?? [])),
});

const override = z.object({
  overrideId: z.string().default(''),
  identifier: z.string(),
  limit: z.number(),
  duration: z.number(),
});

export const replySchemas = {
  'identities.updateIdentity': z.object({ data: identity }),
  'identities.getIdentity': z.object({ data: identity }),
  'identities.createIdentity': z.object({ data: z.object({ identityId: z.string() }) }),
  'identities.listIdentities': z.object({
    data: z
      .array(identity)
      .nullish()
      .transform((page) => page ?? []),
    pagination,
  }),
  'apis.listKeys': z.object({ data: z.array(key), pagination: pagination.optional() }),
  'keys.verifyKey': z.object({ data: verification }),
  'ratelimit.setOverride': z.object({ data: z.object({ overrideId: z.string().default('') }) }),
  'ratelimit.getOverride': z.object({ data: override }),
  'ratelimit.deleteOverride': z.object({}),
  'ratelimit.listOverrides': z.object({
    data: z
      .array(override)
      .nullish()
      .transform((page) => page ?? []),
    pagination: pagination.optional(),
  }),
} as const;

/** Field by field: whatever part of an error can be understood is kept. */
export const errorReply = z.object({
  error: z.object({
    title: z.string().min(1).optional().catch(undefined),
    detail: z.string().min(1).optional().catch(undefined),
    type: z.string().min(1).optional().catch(undefined),
    errors: z
      .array(
        z.object({
          location: z.string().catch(''),
          message: z.string(),
          fix: z.string().optional().catch(undefined),
        }),
      )
      .catch([]),
  }),
});

const envelope = z.object({ meta: z.object({ requestId: z.string().min(1) }) });

/** The only place where Unkey puts a request id is the body, of successes and errors alike. */
export function requestIdIn(body: unknown): string | null {
  const parsed = envelope.safeParse(body);
  return parsed.success ? parsed.data.meta.requestId : null;
}
