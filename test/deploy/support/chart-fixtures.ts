import { manifests, type Manifest, type Values } from './chart.ts';

/** What the tests of the chart look at, and the least and the most that can be set. */

export type Labels = Readonly<Record<string, string>>;
interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}
export interface Container {
  readonly args: readonly string[];
  readonly image: string;
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly envFrom?: readonly unknown[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly securityContext: unknown;
}
export interface Pod {
  readonly metadata: { readonly labels: Labels; readonly annotations?: Labels };
  readonly spec: {
    readonly containers: readonly [Container];
    readonly securityContext: unknown;
    readonly automountServiceAccountToken: boolean;
    readonly terminationGracePeriodSeconds?: number;
  };
}

export const least: Values = { existingSecret: 'planwire-settings', planFile: { content: 'version: 1\n' } };
export const most: Values = {
  ...least,
  settings: { SYNC_CONCURRENCY: '40', STORE_PREFIX: 'billing' },
  image: { tag: '9.9.9', pullSecrets: [{ name: 'registry' }] },
  ingress: { enabled: true, className: 'nginx', tlsSecret: 'tls', annotations: { a: 'b' } },
  keda: { enabled: true },
  migrate: { enabled: true, existingSecret: 'owner' },
  networkPolicy: { webhookFrom: [{ namespaceSelector: {} }] },
  podAnnotations: { team: 'billing' },
  nodeSelector: { disk: 'ssd' },
  tolerations: [{ key: 'billing', operator: 'Exists' }],
};

const off = { podDisruptionBudget: { enabled: false }, networkPolicy: { enabled: false } };
const longRelease = 'a-release-whose-name-goes-on-for-as-long-as-helm-lets';

/** Every combination of values that a test of the chart renders. */
export const renderings: readonly (readonly [name: string, values: Values, release?: string])[] = [
  ['the least that can be set', least],
  ['the most that can be set', most],
  ['a long release', most, longRelease],
  ['nothing optional', { ...least, ...off, planFile: { existingConfigMap: 'mine' } }],
  ['a load balancer', { ...least, service: { type: 'LoadBalancer' } }],
  ['another plan file', { ...least, planFile: { content: 'version: 1 # another\n' } }],
  ['a plan file of several lines', { ...least, planFile: { content: 'version: 1\nplans:\n  a: {}\n\n' } }],
];

/** What the schema of the values does not let through. */
export const refusedValues: readonly (readonly [what: string, given: Values])[] = [
  ['a value that the chart does not have', { replicas: 3 }],
  ['a misspelt value further down', { server: { replica: 3 } }],
  ['a misspelt setting', { settings: { SYNC_CONCURENCY: '40' } }],
  ['a secret among the settings', { settings: { UNKEY_ROOT_KEY: 'unkey_x' } }],
  ['a setting that the chart makes itself', { settings: { PORT: '8080' } }],
  ['a setting that is a number, which Helm may write as 4e+01', { settings: { SYNC_CONCURRENCY: 40 } }],
  ['no replica', { worker: { replicas: 0 } }],
  ['another type of Service', { service: { type: 'ExternalName' } }],
  ['an address of Prometheus that is none', { keda: { prometheusAddress: 'prometheus:80' } }],
];

/** The one manifest of that kind and name; its caller knows the shape of its spec. */
export function only(all: readonly Manifest[], kind: string, name: string): Manifest {
  const [found, ...others] = all.filter((each) => each.kind === kind && each.metadata.name === name);
  if (found === undefined || others.length > 0) throw new Error(`not one ${kind} ${name}`);
  return found;
}

export function podsOf(all: readonly Manifest[]): readonly Pod[] {
  return all
    .filter(({ kind }) => kind === 'Deployment' || kind === 'Job')
    .map(({ spec }) => (spec as { readonly template: Pod }).template);
}

/** The settings whose values stand in the manifest. */
export function envOf(container: Container): Readonly<Record<string, string>> {
  const open = container.env.flatMap(({ name, value }) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return Object.fromEntries(open);
}

interface DeploymentSpec {
  readonly replicas?: number;
  readonly template: Pod;
}

export function deployment(given: Values, component: 'server' | 'worker'): DeploymentSpec {
  return only(manifests(given), 'Deployment', `planwire-${component}`).spec as DeploymentSpec;
}
