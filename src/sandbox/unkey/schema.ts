import type { FieldError } from './refusal.ts';

/**
 * Unkey validates each request against its OpenAPI document before it looks at the key, and reports keyword paths.
 * This is the part of JSON Schema which that document uses, with the messages of the validator behind it.
 */

export interface Schema {
  readonly type: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: false;
  readonly maxProperties?: number;
  readonly items?: Schema;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

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

export function violations(schema: Schema, value: unknown, path = ''): FieldError[] {
  const actual = typeOf(value);
  if (actual !== schema.type && !(actual === 'integer' && schema.type === 'integer')) {
    const shown = actual === 'integer' ? 'number' : actual;
    return [{ location: `${path}/type`, message: `got ${shown}, want ${schema.type}` }];
  }
  if (typeof value === 'string') return textViolations(schema, value, path);
  if (typeof value === 'number') {
    return [
      ...bound(path, 'minimum', value, schema.minimum, (got, want) => got < want),
      ...bound(path, 'maximum', value, schema.maximum, (got, want) => got > want),
    ];
  }
  if (Array.isArray(value)) {
    const { items } = schema;
    return [
      ...bound(path, 'maxItems', value.length, schema.maxItems, (got, want) => got > want),
      ...(items === undefined ? [] : value.flatMap((item) => violations(items, item, `${path}/items/$ref`))),
    ];
  }
  return typeof value === 'object' ? objectViolations(schema, value as Record<string, unknown>, path) : [];
}

function textViolations(schema: Schema, value: string, path: string): FieldError[] {
  // The validator counts characters, not UTF-16 units.
  const { length } = Array.from(value);
  const found = [
    ...bound(path, 'minLength', length, schema.minLength, (got, want) => got < want),
    ...bound(path, 'maxLength', length, schema.maxLength, (got, want) => got > want),
  ];
  if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value)) {
    found.push({
      location: `${path}/pattern`,
      message: `'${value}' does not match pattern '${schema.pattern}'`,
    });
  }
  return found;
}

function objectViolations(schema: Schema, value: Record<string, unknown>, path: string): FieldError[] {
  const keys = Object.keys(value);
  const missing = (schema.required ?? []).filter((key) => !Object.hasOwn(value, key));
  const unknown = keys.filter((key) => !Object.hasOwn(schema.properties ?? {}, key));
  return [
    ...(missing.length === 0
      ? []
      : [{ location: `${path}/required`, message: `missing ${noun(missing, 'property', 'properties')}` }]),
    ...bound(path, 'maxProperties', keys.length, schema.maxProperties, (got, want) => got > want),
    ...(schema.additionalProperties !== false || unknown.length === 0
      ? []
      : [
          {
            location: `${path}/additionalProperties`,
            message: `additional properties ${quoted(unknown)} not allowed`,
          },
        ]),
    ...Object.entries(schema.properties ?? {}).flatMap(([key, child]) =>
      Object.hasOwn(value, key) ? violations(child, value[key], `${path}/properties/${key}`) : [],
    ),
  ];
}

function bound(
  path: string,
  keyword: string,
  got: number,
  want: number | undefined,
  breaks: (got: number, want: number) => boolean,
): FieldError[] {
  if (want === undefined || !breaks(got, want)) return [];
  return [{ location: `${path}/${keyword}`, message: `${keyword}: got ${got}, want ${want}` }];
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ');
}

function noun(names: readonly string[], one: string, many: string): string {
  return `${names.length === 1 ? one : many} ${quoted(names)}`;
}
