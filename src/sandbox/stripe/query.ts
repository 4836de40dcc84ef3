import { invalid } from './refusals.ts';

/** The parameters of a read, with the brackets that Stripe's libraries put: `ids[0]=a`, `created[gt]=1`. */
export interface Query {
  text(name: string): string | undefined;
  many(name: string): readonly string[];
  range(name: string): Readonly<Record<string, number>>;
}

/** Version 1 of the API has seconds, version 2 has ISO 8601. */
function secondsOf(text: string): number {
  return /^-?\d+$/.test(text) ? Number(text) : Date.parse(text) / 1000;
}

/** Refuses what is not among `known`, as Stripe does: a misspelt filter would otherwise list everything. */
export function parseQuery(params: URLSearchParams, known: readonly string[]): Query {
  const texts = new Map<string, string>();
  const lists = new Map<string, string[]>();
  const ranges = new Map<string, Record<string, number>>();
  for (const [key, value] of params) {
    const [, name = key, inner] = /^(\w+)\[(\w*)\]$/.exec(key) ?? [];
    if (!known.includes(name)) {
      throw invalid(`Received unknown parameter: ${name}`, { code: 'parameter_unknown', param: name });
    }
    if (inner === undefined) texts.set(name, value);
    else if (/^\d*$/.test(inner)) lists.set(name, [...(lists.get(name) ?? []), value]);
    else ranges.set(name, { ...ranges.get(name), [inner]: secondsOf(value) });
  }
  return {
    text: (name) => texts.get(name),
    many: (name) => lists.get(name) ?? [],
    range: (name) => ranges.get(name) ?? {},
  };
}
