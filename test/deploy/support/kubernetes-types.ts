import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { Job } from 'kubernetes-models/batch/v1/Job';
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1/Ingress';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Service } from 'kubernetes-models/v1/Service';
import { typeErrorsOf } from '../../support/type-check.ts';
import type { Manifest } from './chart.ts';

/** Where the package has the type of each kind. */
const types = [
  [ConfigMap, 'kubernetes-models/v1/ConfigMap'],
  [Deployment, 'kubernetes-models/apps/v1/Deployment'],
  [Ingress, 'kubernetes-models/networking.k8s.io/v1/Ingress'],
  [Job, 'kubernetes-models/batch/v1/Job'],
  [NetworkPolicy, 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy'],
  [PodDisruptionBudget, 'kubernetes-models/policy/v1/PodDisruptionBudget'],
  [ScaledObject, '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject'],
  [Service, 'kubernetes-models/v1/Service'],
] as const;

function typeOf(manifest: Manifest): (typeof types)[number] {
  const type = types.find(
    ([{ kind, apiVersion }]) => kind === manifest.kind && apiVersion === manifest.apiVersion,
  );
  if (type === undefined) throw new Error(`no schema of ${manifest.apiVersion} ${manifest.kind}`);
  return type;
}

/** Holds a manifest to the published schema of its kind: what is missing or of a wrong type is named; what is too much is not. */
export function checkTypes(manifest: Manifest): void {
  const [Type] = typeOf(manifest);
  new Type(manifest as never).validate();
}

/** What the compiler has to say of these manifests: of what stands there as it is, it refuses a field that its type does not have. */
export async function strictFaults(manifests: readonly Manifest[]): Promise<readonly string[]> {
  const lines = manifests.map((manifest) => {
    const { kind } = manifest;
    const [, from] = typeOf(manifest);
    return `void (${JSON.stringify(manifest)} satisfies import('${from}').I${kind});`;
  });
  return typeErrorsOf({ 'manifests.ts': `${lines.join('\n')}\nexport {};\n` });
}
