import { writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { openApiDocument } from '../src/http/admin/openapi.ts';
import { adminRoutes, type UseCases } from '../src/http/admin/routes.ts';
import type { Checks } from '../src/http/ports.ts';

/**
 * Writes what the admin API answers as TypeScript: one type per named schema, and per operation what goes in and what
 * comes out. The usual generators need a compiler API that TypeScript 7 no longer has.
 */

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly description?: string;
}

interface Operation {
  readonly summary: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: Schema;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<
    Record<string, { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }>
  >;
}

const json = 'application/json';

/** The types as they are to stand in `src/api/types.ts`. */
export async function apiTypes(): Promise<string> {
  const document = openApiDocument(adminRoutes(described, described)) as unknown as {
    readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  };
  const named = Object.entries(document.components.schemas).map(
    ([name, schema]) => `${comment(schema.description)}export type ${name} = ${typeOf(schema)};`,
  );
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, operation]) =>
        `${comment(operation.summary)}${JSON.stringify(`${method.toUpperCase()} ${path}`)}: ${operationType(operation)};`,
    ),
  );
  const text = [
    '// Made from openapi.json by `npm run dashboard:types`; a test says when it is out of date.\n',
    ...named,
    `export interface Operations {\n${operations.join('\n')}\n}`,
  ].join('\n\n');
  return format(text, { ...(await resolveConfig(import.meta.filename)), parser: 'typescript' });
}

/** The routes are only described here, never served. */
const described: Required<UseCases> & Checks = new Proxy(Object.create(null) as never, {
  get: () => () => Promise.reject(new Error('described only')),
});

function operationType({ parameters = [], requestBody, responses }: Operation): string {
  const body = requestBody?.content[json]?.schema;
  const answer = Object.entries(responses).find(([status]) => status.startsWith('2'))?.[1];
  const parts = [
    `params: ${parametersType(parameters.filter((each) => each.in === 'path'))}`,
    `query: ${parametersType(parameters.filter((each) => each.in === 'query'))}`,
    `body: ${body === undefined ? 'undefined' : typeOf(body)}`,
    `answer: ${typeOf(answer?.content[json]?.schema ?? {})}`,
  ];
  return `{ ${parts.join('; ')} }`;
}

/** Everything in an address is text. */
function parametersType(parameters: NonNullable<Operation['parameters']>): string {
  const fields = parameters.map(({ name, required, schema }) => {
    const values = schema.enum === undefined ? 'string' : typeOf(schema);
    return `${name}${required === true ? '' : '?'}: ${values}`;
  });
  return `{ ${fields.join('; ')} }`;
}

function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1) ?? 'unknown';
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) return alternatives.map((each) => `(${typeOf(each)})`).join(' | ');
  if (schema.allOf !== undefined) return schema.allOf.map((each) => `(${typeOf(each)})`).join(' & ');
  if (typeof schema.type === 'object') {
    return schema.type.map((type) => `(${typeOf({ ...schema, type })})`).join(' | ');
  }
  return simpleType(schema);
}

function simpleType(schema: Schema): string {
  switch (schema.type) {
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type;
    case 'number':
    case 'integer':
      return 'number';
    case 'array':
      return `readonly (${typeOf(schema.items ?? {})})[]`;
    case 'object':
      return objectType(schema);
    default:
      return 'unknown';
  }
}

function objectType({ properties, required = [], additionalProperties }: Schema): string {
  if (properties === undefined) {
    const value = typeof additionalProperties === 'object' ? typeOf(additionalProperties) : 'unknown';
    return `Readonly<Record<string, ${value}>>`;
  }
  const fields = Object.entries(properties).map(([name, schema]) => {
    const optional = required.includes(name) ? '' : '?';
    return `${comment(schema.description)}readonly ${name}${optional}: ${typeOf(schema)};`;
  });
  return `{\n${fields.join('\n')}\n}`;
}

function comment(text: string | undefined): string {
  return text === undefined ? '' : `/** ${text} */\n`;
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(new URL('src/api/types.ts', import.meta.url), await apiTypes());
}
