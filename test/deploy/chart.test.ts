import { describe, expect, it } from 'vitest';
import {
  deployment,
  least,
  most,
  only,
  podsOf,
  renderings,
  type Labels,
  type Pod,
} from './support/chart-fixtures.ts';
import { manifests, render, type Manifest, type Values } from './support/chart.ts';
import { checkTypes, strictFaults } from './support/kubernetes-types.ts';

const kinds = (given: Values): readonly string[] => [...new Set(manifests(given).map(({ kind }) => kind))];

describe('the chart', () => {
  it.each([
    ['least', least],
    ['most', most],
  ])('makes manifests that Kubernetes has types for, each once, with the %s that can be set', (_, given) => {
    const all = manifests(given);
    for (const manifest of all) checkTypes(manifest);
    const names = all.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it('makes no field that its type does not have, and one would be seen', async () => {
    const all = renderings.flatMap(([, values, release]) => manifests(values, release ?? 'planwire'));
    const wrong = (['readinessProbe', 'cooldownPeriod', 'metricType'] as const).map((field) => {
      const text = all.map((each) => JSON.stringify(each)).find((each) => each.includes(`"${field}"`)) ?? '';
      return JSON.parse(text.replace(`"${field}"`, `"${field}s"`)) as Manifest;
    });
    const faults = await strictFaults([...all, ...wrong]);
    expect(faults.map((fault) => /'"(\w+)"' does not exist in type/.exec(fault)?.[1] ?? fault)).toEqual([
      'readinessProbes',
      'cooldownPeriods',
      'metricTypes',
    ]);
  });

  it('asks for the Secret and the plan file instead of starting without', () => {
    expect(() => manifests({ ...least, existingSecret: '' })).toThrow('existingSecret is required');
    expect(() => manifests({ ...least, planFile: { content: '' } })).toThrow('planFile.content or');
    expect(() => manifests({ ...least, migrate: { enabled: true } })).toThrow('migrate.existingSecret');
  });

  it('makes what is optional only where it is asked for', () => {
    const always = ['ConfigMap', 'Deployment', 'NetworkPolicy', 'PodDisruptionBudget', 'Service'];
    expect(kinds(least).toSorted()).toEqual(always);
    expect(kinds(most).toSorted()).toEqual([...always, 'Ingress', 'Job', 'ScaledObject'].toSorted());
    const off = { podDisruptionBudget: { enabled: false }, networkPolicy: { enabled: false } };
    const mine = { planFile: { existingConfigMap: 'mine' } };
    expect(kinds({ ...least, ...off, ...mine }).toSorted()).toEqual(['Deployment', 'Service']);
  });

  it('names things of a long release within the 63 characters that Kubernetes has', () => {
    const long = manifests(most, 'a-release-whose-name-goes-on-for-as-long-as-helm-lets');
    for (const { metadata } of long) expect(metadata.name.length, metadata.name).toBeLessThanOrEqual(63);
  });

  it('says in the notes where the webhook and the dashboard are', () => {
    const notes = render(most).get('NOTES.txt');
    expect(notes).toContain('/webhooks/stripe on planwire.example.com');
    expect(notes).toContain('svc/planwire-admin 9090');
  });
});

describe('what leads to the pods', () => {
  const all = manifests(most);
  const isOf = (selector: Labels, pod: Pod): boolean =>
    Object.entries(selector).every(([name, value]) => pod.metadata.labels[name] === value);
  const meant = (selector: Labels): readonly string[] =>
    podsOf(all)
      .filter((pod) => isOf(selector, pod))
      .map(({ metadata }) => metadata.labels['app.kubernetes.io/component'] ?? '');

  it('means servers, workers or both, and never the Job', () => {
    for (const name of ['server', 'worker']) {
      type Selecting = { readonly selector: { readonly matchLabels: Labels } };
      for (const kind of ['Deployment', 'PodDisruptionBudget'])
        expect(meant((only(all, kind, `planwire-${name}`).spec as Selecting).selector.matchLabels)).toEqual([
          name,
        ]);
    }
    for (const name of ['planwire', 'planwire-admin'])
      expect(meant((only(all, 'Service', name).spec as { selector: Labels }).selector)).toEqual(['server']);
    const policy = only(all, 'NetworkPolicy', 'planwire').spec as { podSelector: { matchLabels: Labels } };
    expect(meant(policy.podSelector.matchLabels).toSorted()).toEqual(['server', 'worker']);
  });

  it('leads the world to the webhook alone', () => {
    const ingress = only(all, 'Ingress', 'planwire').spec as { rules: readonly unknown[]; tls: unknown };
    const backend = { service: { name: 'planwire', port: { name: 'http' } } };
    expect(ingress.rules).toEqual([
      {
        host: 'planwire.example.com',
        http: { paths: [{ path: '/webhooks/stripe', pathType: 'Exact', backend }] },
      },
    ]);
    const published = only(all, 'Service', 'planwire').spec as { ports: readonly unknown[] };
    expect(published.ports).toEqual([{ name: 'http', port: 80, targetPort: 'http' }]);
    const inside = only(
      manifests({ ...least, service: { type: 'LoadBalancer' } }),
      'Service',
      'planwire-admin',
    ).spec as { type: string };
    expect(inside.type).toBe('ClusterIP');
  });

  it('lets everybody deliver, and the namespace alone see the rest', () => {
    interface Policy {
      readonly ingress: readonly unknown[];
      readonly egress: readonly { readonly ports: readonly { readonly port: number }[] }[];
    }
    const policy = only(manifests(least), 'NetworkPolicy', 'planwire').spec as Policy;
    expect(policy.ingress).toEqual([
      { ports: [{ port: 'http' }] },
      { ports: [{ port: 'admin' }, { port: 'metrics' }], from: [{ podSelector: {} }] },
    ]);
    expect(policy.egress.flatMap(({ ports }) => ports.map(({ port }) => port))).toEqual([
      53, 53, 443, 6379, 5432,
    ]);
  });

  it('scales workers by the age of the oldest job, and then sets no number itself', () => {
    interface Scaled {
      readonly scaleTargetRef: { readonly name: string };
      readonly triggers: readonly { readonly metadata: Labels }[];
      readonly fallback: unknown;
    }
    const scaled = only(all, 'ScaledObject', 'planwire-worker').spec as Scaled;
    expect(scaled.scaleTargetRef.name).toBe('planwire-worker');
    expect(scaled.triggers[0]?.metadata['query']).toBe('max(planwire_queue_oldest_seconds{queue!="bulk"})');
    expect(scaled.fallback).toEqual({ failureThreshold: 4, replicas: 2 });
    expect(deployment(most, 'worker').replicas).toBeUndefined();
    expect(deployment(least, 'worker').replicas).toBe(2);
  });
});
