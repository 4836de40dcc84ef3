import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { promtool } from './support/promtool.ts';
import { metricsIn, servedMetrics } from './support/served-metrics.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = join(root, 'deploy/prometheus');
const rulesFile = join(folder, 'planwire.rules.yml');
const testFile = join(folder, 'planwire.rules.test.yml');

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}
interface RuleTests {
  readonly tests: readonly {
    readonly alert_rule_test?: readonly {
      readonly alertname: string;
      readonly exp_alerts: readonly unknown[];
    }[];
  }[];
}

const rulesText = await readFile(rulesFile, 'utf8');
const rules = (parse(rulesText) as Rules).groups.flatMap((group) => group.rules);

describe('the alert rules', () => {
  it('are what promtool takes for rules', async () => {
    expect(await promtool('check', 'rules', rulesFile)).toMatchObject({ ok: true });
  });

  it('fire and stay silent as their tests say', async () => {
    expect(await promtool('test', 'rules', testFile)).toMatchObject({ ok: true });
  });

  it('are held to their tests: with another threshold one fails', async () => {
    const other = await mkdtemp(join(tmpdir(), 'planwire-rules-'));
    try {
      await writeFile(join(other, 'planwire.rules.yml'), rulesText.replace('> 60\n', '> 6000\n'));
      await writeFile(join(other, 'tests.yml'), await readFile(testFile, 'utf8'));
      const { ok, text } = await promtool('test', 'rules', join(other, 'tests.yml'));
      expect(ok).toBe(false);
      expect(text).toContain('PlanwireQueueBehind');
    } finally {
      await rm(other, { recursive: true });
    }
  });

  it('are loaded by the configuration that the page on deploying shows', async () => {
    const page = await readFile(join(root, 'docs/deploying.md'), 'utf8');
    const [, shown = ''] = /```yaml\n(# prometheus\.yml\n[\s\S]*?)```/.exec(page) ?? [];
    const there = await mkdtemp(join(tmpdir(), 'planwire-prometheus-'));
    try {
      await writeFile(join(there, 'planwire.rules.yml'), rulesText);
      await writeFile(join(there, 'prometheus.yml'), shown);
      const { ok, text } = await promtool('check', 'config', join(there, 'prometheus.yml'));
      expect(text).toContain(`${rules.length} rules found`);
      expect(ok).toBe(true);
    } finally {
      await rm(there, { recursive: true });
    }
  });

  it('are each tested firing and silent', async () => {
    const { tests } = parse(await readFile(testFile, 'utf8')) as RuleTests;
    const cases = tests.flatMap((test) => test.alert_rule_test ?? []);
    for (const { alert } of rules) {
      const fires = cases.filter(({ alertname }) => alertname === alert).map((each) => each.exp_alerts);
      expect(
        fires.some((alerts) => alerts.length > 0),
        `${alert} fires`,
      ).toBe(true);
      expect(
        fires.some((alerts) => alerts.length === 0),
        `${alert} is silent`,
      ).toBe(true);
    }
  });

  it('look at nothing that Planwire does not serve', async () => {
    const served = await servedMetrics();
    for (const { alert, expr } of rules) {
      expect(metricsIn(expr).length, alert).toBeGreaterThan(0);
      expect(metricsIn(expr).filter((name) => !served.has(name))).toEqual([]);
    }
  });

  it('have a remedy each in the operations page, which names no other', async () => {
    const page = await readFile(join(root, 'docs/operations.md'), 'utf8');
    const named = new Set([...page.matchAll(/^\| `(Planwire\w+)` \|/gm)].map(([, name]) => name));
    expect(named).toEqual(new Set(rules.map(({ alert }) => alert)));
  });
});
