import { describe, expect, it } from 'vitest';
import { updateIdentityJsonSchema } from '../../src/unkey/json-schema.ts';

/** As Unkey publishes it, without the words: what a validator looks at. */
const published = {
  title: 'V2IdentitiesUpdateIdentityRequestBody',
  type: 'object',
  properties: {
    identity: { type: 'string', minLength: 1 },
    meta: { type: 'object', additionalProperties: true, maxProperties: 100 },
    ratelimits: { type: 'array', maxItems: 50, items: { $ref: 'RatelimitRequest' } },
  },
  additionalProperties: false,
  required: ['identity'],
};

const publishedRatelimit = {
  type: 'object',
  properties: {
    name: { type: 'string', minLength: 3, maxLength: 128 },
    limit: { type: 'integer', minimum: 1 },
    duration: { type: 'integer', minimum: 1000 },
    autoApply: { type: 'boolean', default: false },
  },
  required: ['name', 'limit', 'duration', 'autoApply'],
};

/** Without descriptions, and with references by name alone. */
function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !['description', '$schema', '$defs', 'id'].includes(key))
      .map(([key, child]) => [key, key === '$ref' ? String(child).split('/').at(-1) : bare(child)]),
  );
}

describe('the JSON Schema of an update', () => {
  const schema = updateIdentityJsonSchema();

  it('equals the published V2IdentitiesUpdateIdentityRequestBody', () => {
    expect(bare(schema)).toEqual(published);
    expect(schema['$schema']).toBe('https://json-schema.org/draft/2020-12/schema');
  });

  it('has the published RatelimitRequest among its definitions', () => {
    const { RatelimitRequest } = schema['$defs'] as Record<string, unknown>;
    expect(bare(RatelimitRequest)).toEqual(publishedRatelimit);
  });

  it('describes each field', () => {
    const properties = schema['properties'] as Record<string, { description?: string }>;
    for (const [name, { description }] of Object.entries(properties)) {
      expect(description, name).toBeTruthy();
    }
  });
});
