import { z } from 'zod';

/**
 * Requests with Unkey's own bounds, so that what Unkey would refuse never leaves. Source: its OpenAPI document,
 * `V2IdentitiesUpdateIdentityRequestBody` and `RatelimitRequest`. Descriptions go into the printed JSON Schema.
 */

/** Unkey counts characters, not UTF-16 units; the bounds are named to the JSON Schema by hand for that reason. */
function text(min: number, max?: number) {
  const bounds = max === undefined ? `at least ${min}` : `${min} to ${max}`;
  return z
    .string({ error: 'must be a text' })
    .refine((value) => between(Array.from(value).length, min, max), {
      error: `must have ${bounds} character${max === undefined && min === 1 ? '' : 's'}`,
    })
    .meta({ minLength: min, ...(max === undefined ? {} : { maxLength: max }) });
}

function between(value: number, min: number, max = Number.POSITIVE_INFINITY): boolean {
  return value >= min && value <= max;
}

function whole(min: number, unit = '') {
  const error = `must be a whole number${unit} of at least ${min}, and at most 2^53 - 1`;
  return z.int({ error }).min(min, { error });
}

const ratelimitRequest = z
  .object(
    {
      name: text(3, 128).describe('The name of this rate limit, unique within the identity.'),
      limit: whole(1).describe('The number of requests allowed within one window.'),
      duration: whole(1000, ' of milliseconds').describe('The length of the window in milliseconds.'),
      autoApply: z
        .boolean({ error: 'must be true or false' })
        .default(false)
        .describe('Whether every key verification counts against this limit without naming it.'),
    },
    { error: 'must be an object with name, limit, duration and autoApply' },
  )
  .meta({ id: 'RatelimitRequest' });

const meta = z
  .record(z.string(), z.unknown(), {
    error: 'must be an object; leave it out to keep what is stored, send {} to clear it',
  })
  .refine((value) => Object.keys(value).length <= 100, { error: 'must have at most 100 properties' })
  .meta({ maxProperties: 100 });

const ratelimits = z
  .array(ratelimitRequest, {
    error: 'must be an array; leave it out to keep what is stored, send [] to remove all',
  })
  .max(50, { error: 'must have at most 50 entries' })
  .superRefine((limits, context) => {
    const seen = new Set<string>();
    for (const [index, { name }] of limits.entries()) {
      if (seen.has(name)) {
        const message = `is a second limit named ${JSON.stringify(name)}; names must be unique`;
        context.addIssue({ code: 'custom', path: [index, 'name'], message });
      }
      seen.add(name);
    }
  });

const identity = text(1).describe('The external id or the internal id of the identity.');

export const updateIdentityRequest = z
  .strictObject({
    identity,
    meta: meta.describe('Replaces all metadata. Absent: kept. Empty: cleared.').optional(),
    ratelimits: ratelimits.describe('Replaces all rate limits. Absent: kept. Empty: removed.').optional(),
  })
  .meta({ title: 'V2IdentitiesUpdateIdentityRequestBody' });

const getIdentityRequest = z.strictObject({ identity });

const createIdentityRequest = z.strictObject({
  externalId: text(1, 255).refine((value) => /^[a-zA-Z0-9_.-]+$/.test(value), {
    error: 'may contain letters, digits, "_", "." and "-" only',
  }),
  meta: meta.optional(),
  ratelimits: ratelimits.optional(),
});

const pageError = { error: 'must be a whole number from 1 to 100' };
const pageSize = z.int(pageError).min(1, pageError).max(100, pageError);

const listIdentitiesRequest = z.strictObject({
  limit: pageSize.optional(),
  cursor: z.string({ error: 'must be a text' }).optional(),
  search: text(0, 256).optional(),
});

const listKeysRequest = z.strictObject({
  apiId: text(1, 255),
  externalId: text(1, 255).optional(),
  limit: pageSize.optional(),
  cursor: z.string({ error: 'must be a text' }).optional(),
});

const verifyKeyRequest = z.strictObject({
  key: text(1, 512),
  credits: z.strictObject({ cost: z.int().min(0) }).optional(),
  ratelimits: z.array(z.strictObject({ name: text(1, 128), cost: z.int().min(0) })).optional(),
});

const override = z.strictObject({ namespace: text(1, 512), identifier: text(1, 512) });

const setOverrideRequest = override.extend({ limit: whole(0), duration: whole(1000, ' of milliseconds') });

const listOverridesRequest = z.strictObject({
  namespace: text(1, 512),
  limit: pageSize.optional(),
  cursor: z.string({ error: 'must be a text' }).optional(),
});

export const requestSchemas = {
  'identities.updateIdentity': updateIdentityRequest,
  'identities.getIdentity': getIdentityRequest,
  'identities.createIdentity': createIdentityRequest,
  'identities.listIdentities': listIdentitiesRequest,
  'apis.listKeys': listKeysRequest,
  'keys.verifyKey': verifyKeyRequest,
  'ratelimit.setOverride': setOverrideRequest,
  'ratelimit.getOverride': override,
  'ratelimit.deleteOverride': override,
  'ratelimit.listOverrides': listOverridesRequest,
} as const;

export type Operation = keyof typeof requestSchemas;
