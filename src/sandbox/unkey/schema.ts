import type { Schema } from './violations.ts';

/** What Unkey's OpenAPI document asks of each request that the stand-in takes. */

const ratelimit: Schema = {
  type: 'object',
  required: ['name', 'limit', 'duration', 'autoApply'],
  properties: {
    name: { type: 'string', minLength: 3, maxLength: 128 },
    limit: { type: 'integer', minimum: 1 },
    duration: { type: 'integer', minimum: 1000 },
    autoApply: { type: 'boolean' },
  },
};
const identity: Schema = { type: 'string', minLength: 1 };
const meta: Schema = { type: 'object', maxProperties: 100 };
const ratelimits: Schema = { type: 'array', maxItems: 50, items: ratelimit };
const identityOnly: Schema = {
  type: 'object',
  required: ['identity'],
  properties: { identity },
  additionalProperties: false,
};

const text512: Schema = { type: 'string', minLength: 1, maxLength: 512 };
const overrideOnly: Schema = {
  type: 'object',
  required: ['namespace', 'identifier'],
  properties: { namespace: text512, identifier: text512 },
  additionalProperties: false,
};

export const schemas = {
  'identities.updateIdentity': { ...identityOnly, properties: { identity, meta, ratelimits } },
  'identities.getIdentity': identityOnly,
  'identities.deleteIdentity': identityOnly,
  // The one operation whose unknown fields are ignored.
  'identities.createIdentity': {
    type: 'object',
    required: ['externalId'],
    properties: {
      externalId: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[a-zA-Z0-9_.-]+$' },
      meta,
      ratelimits,
    },
  },
  'identities.listIdentities': {
    type: 'object',
    properties: {
      limit: { type: 'integer', minimum: 1, maximum: 100 },
      cursor: { type: 'string' },
      search: { type: 'string', maxLength: 256 },
    },
    additionalProperties: false,
  },
  'apis.listKeys': {
    type: 'object',
    required: ['apiId'],
    properties: {
      apiId: { type: 'string', minLength: 1 },
      externalId: { type: 'string', minLength: 1 },
      limit: { type: 'integer', minimum: 1, maximum: 100 },
      cursor: { type: 'string' },
      decrypt: { type: 'boolean' },
      revalidateKeysCache: { type: 'boolean' },
    },
    additionalProperties: false,
  },
  'keys.verifyKey': {
    type: 'object',
    required: ['key'],
    properties: {
      key: { type: 'string', minLength: 1, maxLength: 512 },
      tags: { type: 'array', maxItems: 20, items: { type: 'string' } },
      credits: {
        type: 'object',
        required: ['cost'],
        properties: { cost: { type: 'integer', minimum: 0 } },
        additionalProperties: false,
      },
      ratelimits: {
        type: 'array',
        items: {
          type: 'object',
          required: ['name'],
          properties: {
            name: { type: 'string', minLength: 1 },
            cost: { type: 'integer', minimum: 0 },
            limit: { type: 'integer', minimum: 0 },
            duration: { type: 'integer', minimum: 0 },
          },
          additionalProperties: false,
        },
      },
    },
    additionalProperties: false,
  },
  'ratelimit.setOverride': {
    ...overrideOnly,
    required: ['namespace', 'identifier', 'limit', 'duration'],
    properties: {
      namespace: text512,
      identifier: text512,
      limit: { type: 'integer', minimum: 0 },
      duration: { type: 'integer', minimum: 1000 },
    },
  },
  'ratelimit.getOverride': overrideOnly,
  'ratelimit.deleteOverride': overrideOnly,
  'ratelimit.listOverrides': {
    type: 'object',
    required: ['namespace'],
    properties: {
      namespace: text512,
      limit: { type: 'integer', minimum: 1, maximum: 100 },
      cursor: { type: 'string' },
    },
    additionalProperties: false,
  },
} as const satisfies Record<string, Schema>;

export type Operation = keyof typeof schemas;
