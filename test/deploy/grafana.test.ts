import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { promtool } from './support/promtool.ts';
import { metricsIn, servedMetrics } from './support/served-metrics.ts';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
}
interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string }[] };
}

const file = resolve(import.meta.dirname, '../../deploy/grafana/planwire.json');
const dashboard = JSON.parse(await readFile(file, 'utf8')) as Dashboard;
const shown = dashboard.panels.filter(({ type }) => type !== 'row');
const expressions = shown.flatMap(({ targets }) => targets ?? []).map(({ expr }) => expr);

describe('the Grafana dashboard', () => {
  it('has an id of its own for every panel', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has something to ask, a title and a description in every panel', () => {
    expect(shown.length).toBeGreaterThan(15);
    for (const { title, description, targets = [] } of shown) {
      expect(title).not.toBe('');
      expect(description, title).toMatch(/\.$/);
      expect(targets.length, title).toBeGreaterThan(0);
      expect(new Set(targets.map(({ refId }) => refId)).size, title).toBe(targets.length);
      for (const { expr } of targets) expect(expr, title).not.toBe('');
    }
  });

  it('lays no panel over another', () => {
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) => {
      expect(x + w).toBeLessThanOrEqual(24);
      return Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`);
    });
    expect(new Set(cells).size).toBe(cells.length);
  });

  it('looks at nothing that Planwire does not serve', async () => {
    const served = await servedMetrics();
    const queries = [...expressions, ...dashboard.templating.list.map(({ query }) => query)];
    expect(queries.flatMap(metricsIn).filter((name) => !served.has(name))).toEqual([]);
  });

  it.each([
    'planwire_queue_oldest_seconds',
    'planwire_webhooks_total',
    'planwire_syncs_total',
    'planwire_customers{state="failing"',
    'planwire_customers{state="held"',
    'planwire_event_applied_seconds_bucket',
    'planwire_upstream_request_duration_seconds_bucket',
    'planwire_upstream_up',
    'planwire_plan_file_stale',
    'planwire_reconcile_last_success_timestamp_seconds',
    'events.list',
  ])('shows %s', (part) => expect(expressions.some((expr) => expr.includes(part))).toBe(true));

  it('asks only what Prometheus can read, with the variables that it declares', async () => {
    const readable = expressions.map((expr) =>
      expr.replaceAll('$__rate_interval', '5m').replaceAll('$job', '.*'),
    );
    expect(readable.filter((expr) => expr.includes('$'))).toEqual([]);
    const rules = readable.map((expr, at) => ({ record: `panel:${at}`, expr }));
    const folder = await mkdtemp(join(tmpdir(), 'planwire-dashboard-'));
    try {
      const path = join(folder, 'rules.yml');
      await writeFile(path, stringify({ groups: [{ name: 'dashboard', rules }] }));
      expect(await promtool('check', 'rules', path)).toMatchObject({ ok: true });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
