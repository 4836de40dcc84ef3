import { describe, expect, it } from 'vitest';
import { parseConfig, settingNames } from '../../src/config.ts';
import { deployment, envOf, least, most, only, podsOf, type Pod } from './support/chart-fixtures.ts';
import { manifests } from './support/chart.ts';

describe('the pods of the chart', () => {
  it('run without root, capabilities, a token of the cluster or anything to write to', () => {
    const pods = podsOf(manifests(most));
    expect(pods).toHaveLength(3);
    for (const { spec } of pods) {
      expect(spec.automountServiceAccountToken).toBe(false);
      expect(spec.securityContext).toEqual({
        runAsNonRoot: true,
        runAsUser: 1000,
        runAsGroup: 1000,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(spec.containers[0].securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
  });

  it('have settings that Planwire knows and accepts, and secrets by reference alone', () => {
    const secrets = {
      STRIPE_WEBHOOK_SECRET: 'whsec_x',
      STRIPE_SECRET_KEY: 'rk_live_x',
      UNKEY_ROOT_KEY: 'unkey_x',
      REDIS_URL: 'redis://store',
    };
    for (const { template } of [deployment(most, 'server'), deployment(most, 'worker')]) {
      const [container] = template.spec.containers;
      expect(container.envFrom).toEqual([{ secretRef: { name: 'planwire-settings' } }]);
      expect(Object.keys(envOf(container)).filter((name) => !settingNames.includes(name))).toEqual([]);
      const parsed = parseConfig({ ...secrets, ...envOf(container) }, { isTTY: false });
      expect(parsed).toMatchObject({ ok: true, config: { plansFile: '/etc/planwire/plans.yaml' } });
    }
    expect(manifests(most).filter(({ kind }) => kind === 'Secret')).toEqual([]);
  });

  it('of servers are ready by /readyz on the port that is not published, and live by /healthz', () => {
    const [container] = deployment(least, 'server').template.spec.containers;
    const ports = Object.fromEntries((container.ports ?? []).map((port) => [port.name, port.containerPort]));
    const { PORT, ADMIN_PORT } = envOf(container);
    expect(ports).toEqual({ http: Number(PORT), admin: Number(ADMIN_PORT) });
    expect(container.readinessProbe?.httpGet).toEqual({ path: '/readyz', port: 'admin' });
    expect(container.livenessProbe?.httpGet).toEqual({ path: '/healthz', port: 'http' });
    expect(container.startupProbe?.httpGet).toEqual({ path: '/healthz', port: 'http' });
  });

  it('of workers live by /healthz, and no rollout waits for their readiness', () => {
    const [container] = deployment(least, 'worker').template.spec.containers;
    expect(container.ports).toEqual([
      { name: 'metrics', containerPort: Number(envOf(container)['WORKER_PORT']) },
    ]);
    expect(container.livenessProbe?.httpGet).toEqual({ path: '/healthz', port: 'metrics' });
    expect(container.readinessProbe).toBeUndefined();
  });

  it('have the time that Planwire takes to finish its running syncs', () => {
    for (const { template } of [deployment(least, 'server'), deployment(least, 'worker')])
      expect(template.spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(30);
  });

  it('are scraped where they serve metrics', () => {
    for (const { template } of [deployment(least, 'server'), deployment(least, 'worker')]) {
      const [{ ports = [] }] = template.spec.containers;
      const port = ports.find(({ name }) => name === 'admin' || name === 'metrics');
      expect(template.metadata.annotations).toMatchObject({
        'prometheus.io/scrape': 'true',
        'prometheus.io/path': '/metrics',
        'prometheus.io/port': String(port?.containerPort),
      });
    }
  });

  it('are replaced when the plan file changes', () => {
    const other = { ...least, planFile: { content: 'version: 1 # another\n' } };
    const sums = [least, other].map((each) => deployment(each, 'server').template.metadata.annotations);
    expect(sums[0]?.['checksum/plans']).not.toBe(sums[1]?.['checksum/plans']);
  });

  it('leave schemas alone where a Job brings them up to date before', () => {
    expect(deployment(least, 'server').template.spec.containers[0].args).toEqual(['server']);
    expect(deployment(most, 'worker').template.spec.containers[0].args).toEqual(['worker', '--no-migrate']);
    const job = only(manifests(most), 'Job', 'planwire-migrate').spec as { template: Pod };
    const [container] = job.template.spec.containers;
    expect(container.args).toEqual(['migrate']);
    expect(container.image).toBe('planwire:9.9.9');
    expect(deployment(least, 'server').template.spec.containers[0].image).toMatch(/^planwire:v\d/);
    expect(container.env).toEqual([
      { name: 'DATABASE_URL', valueFrom: { secretKeyRef: { name: 'owner', key: 'DATABASE_URL' } } },
      { name: 'STORE_PREFIX', value: 'billing' },
    ]);
  });
});
