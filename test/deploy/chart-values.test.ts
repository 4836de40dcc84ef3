import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { settingNames } from '../../src/config.ts';
import { refusedValues } from './support/chart-fixtures.ts';
import { chartFile, defaults, over, templateNames, type Values } from './support/chart.ts';

interface Schema {
  readonly properties: {
    readonly settings: { readonly propertyNames: { readonly enum: readonly string[] } };
  };
}

const schema = JSON.parse(chartFile('values.schema.json')) as Schema;
const validate = new Ajv({ allErrors: true }).compile(schema);
const problems = (given: Values): readonly string[] =>
  validate(over(defaults, given))
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);

const templates = templateNames.map((name) => chartFile(`templates/${name}`)).join('\n');

/** What is looked at as a whole, or holds names of somebody's own. */
const wholes = [
  'server.resources',
  'worker.resources',
  'ingress.annotations',
  'settings',
  'podAnnotations',
  'nodeSelector',
];

function leaves(values: Values, path = ''): readonly string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const here = path === '' ? key : `${path}.${key}`;
    const deeper = typeof value === 'object' && value !== null && !Array.isArray(value);
    return deeper && !wholes.includes(here) ? leaves(value as Values, here) : [here];
  });
}

const used = [...templates.matchAll(/\.Values\.([\w.]+)/g)].map(([, path = '']) =>
  path.startsWith('settings.') ? 'settings' : path,
);

describe('Chart.yaml', () => {
  it('has the version of the package, so that an empty image.tag names its image', () => {
    const packageText = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
    const { version } = JSON.parse(packageText) as { version: string };
    expect(parse(chartFile('Chart.yaml'))).toMatchObject({
      apiVersion: 'v2',
      name: 'planwire',
      type: 'application',
      appVersion: version,
    });
  });
});

describe('values.yaml', () => {
  it('has every value that a template uses, and none that no template uses', () => {
    const whole = (path: string): boolean => leaves(defaults).some((leaf) => leaf === path);
    expect(used.filter((path) => !whole(path))).toEqual([]);
    expect(leaves(defaults).filter((leaf) => !used.includes(leaf))).toEqual([]);
  });

  it('is what its schema allows', () => {
    expect(problems({})).toEqual([]);
  });
});

describe('values.schema.json', () => {
  it('takes the values that the README shows', () => {
    const shown = Array.from(chartFile('README.md').matchAll(/```yaml\n(.*?)```/gs), ([, text = '']) => text);
    expect(shown).not.toEqual([]);
    expect(shown.flatMap((text) => problems(parse(text) as Values))).toEqual([]);
  });

  it.each(refusedValues)('refuses %s', (_, given) => {
    expect(problems(given).length).toBeGreaterThan(0);
  });

  it('knows every setting of Planwire but secrets and those that the chart makes itself', () => {
    const secret =
      /^(STRIPE_WEBHOOK_SECRET|STRIPE_SECRET_KEY|UNKEY_ROOT_KEY|REDIS_URL|DATABASE_URL|ADMIN_\w*TOKENS?|NOTIFY_URL|NOTIFY_SECRET|OTEL_EXPORTER_OTLP_HEADERS)$/;
    const made = ['HOST', 'PORT', 'WORKER_PORT', 'ADMIN_PORT', 'PLANS_FILE', 'DATA_DIR'];
    const rest = settingNames.filter((name) => !secret.test(name) && !made.includes(name));
    expect(schema.properties.settings.propertyNames.enum).toEqual(rest);
  });
});
