import { join } from 'node:path';
import { renderings } from './support/chart-fixtures.ts';
import { manifests, type Manifest } from './support/chart.ts';
import { fromPyPI, run } from './support/from-pypi.ts';

/*
 * Holds what comes out of the chart to the schemas of Kubernetes itself, strictly: a field too many, such as a misspelt
 * one, is found too. The schemas come with kubernetes-validate, from PyPI; those of KEDA are not among them: chart.test.ts
 * holds its ScaledObject to the types of KEDA, as strictly.
 */

const version = '1.37.0';
/** From the oldest that the chart takes. */
const ages = ['1.25.0', '1.29.0', '1.33.0', version];
const python = join(fromPyPI('kubernetes-validate', version), 'python');

const program = `
import json, sys, kubernetes_validate
for name, manifest in json.load(sys.stdin):
    for age in sys.argv[1:]:
        try:
            kubernetes_validate.validate(manifest, age, strict=True)
        except kubernetes_validate.ValidationError as error:
            path = '.'.join(str(step) for step in error.path)
            print(f"{name}, Kubernetes {age}: {manifest['kind']} {manifest['metadata']['name']} {path}: {error.message}")
`;

type Named = readonly [name: string, manifest: Manifest];
const all = renderings.flatMap(([name, values, release]) =>
  manifests(values, release ?? 'planwire').map((manifest): Named => [name, manifest]),
);
const known = all.filter(([, { kind }]) => kind !== 'ScaledObject');

/** Seen to fail: with a letter less. */
const misspelt = JSON.stringify(known).replace('"readinessProbe"', '"readinesProbe"');
const found = run(python, ['-c', program, version], misspelt);
if (!found.includes('readinesProbe')) throw new Error(`A misspelt field was taken: ${found}`);

const faults = run(python, ['-c', program, ...ages], JSON.stringify(known));
process.stdout.write(faults);
console.log(`${known.length} manifests of ${renderings.length} renderings, by Kubernetes ${ages.join(', ')}`);
if (faults !== '') process.exitCode = 1;
