import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { execute, parseTemplate, type Definitions } from './go-template.ts';
import type { Scope, Value } from './template-functions.ts';

const root = resolve(import.meta.dirname, '../../../deploy/helm/planwire');

export const chartFile = (path: string): string => readFileSync(join(root, path), 'utf8');
export const templateNames: readonly string[] = readdirSync(join(root, 'templates'));

export type Values = Readonly<Record<string, Value>>;
export const defaults = parse(chartFile('values.yaml')) as Values;

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: Value;
}

/** Later values win, maps by maps, as Helm lays --set over values.yaml. */
export function over(base: Values, given: Values): Values {
  const merged = Object.entries(given).map(([key, value]) => {
    const under = base[key];
    return [key, isMap(under) && isMap(value) ? over(under, value) : value];
  });
  return { ...base, ...(Object.fromEntries(merged) as Values) };
}

function isMap(value: Value): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The text of every template but the helpers', by its file. */
export function render(given: Values, release = 'planwire'): ReadonlyMap<string, string> {
  const { name, version, appVersion } = parse(chartFile('Chart.yaml')) as Record<string, string>;
  const dot = {
    Values: over(defaults, given),
    Release: { Name: release, Namespace: 'billing', Service: 'Helm' },
    Chart: { Name: name, Version: version, AppVersion: appVersion },
  };
  const definitions: Definitions = new Map();
  const parsed = templateNames.map(
    (file) => [file, parseTemplate(chartFile(join('templates', file)), definitions)] as const,
  );
  const scopeFor = (own: Value): Scope => ({ dot: own, root: own, variables: new Map(), include });
  const include = (template: string, own: Value): string => {
    const nodes = definitions.get(template);
    if (nodes === undefined) throw new Error(`no such template: ${template}`);
    return execute(nodes, scopeFor(own));
  };
  const files = parsed.filter(([file]) => !file.startsWith('_'));
  return new Map(files.map(([file, nodes]) => [file, execute(nodes, scopeFor(dot))]));
}

/** What Helm would send to the cluster. */
export function manifests(given: Values, release?: string): readonly Manifest[] {
  return [...render(given, release)]
    .filter(([file]) => file.endsWith('.yaml'))
    .flatMap(([file, text]) =>
      parseAllDocuments(text).map((document) => {
        if (document.errors.length > 0) throw new Error(`${file}: ${document.errors.join(' ')}\n${text}`);
        return document.toJS() as Manifest | null;
      }),
    )
    .filter((manifest) => manifest !== null);
}
