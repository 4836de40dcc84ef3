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
