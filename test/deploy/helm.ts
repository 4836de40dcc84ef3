import { isDeepStrictEqual } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { least, refusedValues, renderings } from './support/chart-fixtures.ts';
import { manifests, type Manifest, type Values } from './support/chart.ts';
import { findHelm, type Helm } from './support/helm.ts';
import { checkTypes } from './support/kubernetes-types.ts';

/*
 * Holds the reader of templates in test/deploy/support to Helm itself, which is no package of npm: whatever the tests of
 * the chart look at comes out of Helm alike, and what the reader refuses Helm refuses too.
 */

const refused: readonly (readonly [name: string, values: Values, said: string])[] = [
  ['no Secret', { ...least, existingSecret: '' }, 'existingSecret is required'],
  ['no plan file', { ...least, planFile: { content: '' } }, 'planFile.content or'],
  ['a Job without a Secret', { ...least, migrate: { enabled: true } }, 'migrate.existingSecret'],
  ...refusedValues.map(([what, given]) => [what, { ...least, ...given }, "values don't meet"] as const),
];

const keyOf = ({ kind, metadata }: Manifest): string => `${kind} ${metadata.name}`;
const sorted = (all: readonly Manifest[]) => all.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));

function read(text: string): readonly Manifest[] {
  const documents = parseAllDocuments(text).map((document) => {
    if (document.errors.length > 0) throw new Error(document.errors.join(' '));
    return document.toJS() as Manifest | null;
  });
  return documents.filter((manifest) => manifest !== null);
}

/** What is wrong, a sentence each. */
function differences(helm: Helm, values: Values, release = 'planwire'): readonly string[] {
  const linted = helm.lint(values);
  if (!linted.ok) return [`helm lint: ${linted.text}`];
  const rendered = helm.template(values, release);
  if (!rendered.ok) return [`helm template: ${rendered.text}`];
  const [theirs, ours] = [sorted(read(rendered.text)), sorted(manifests(values, release))];
  for (const manifest of theirs) checkTypes(manifest);
  if (!isDeepStrictEqual(theirs.map(keyOf), ours.map(keyOf)))
    return [`Helm makes ${theirs.map(keyOf).join(', ')}; the reader ${ours.map(keyOf).join(', ')}`];
  return theirs.flatMap((manifest, nth) =>
    isDeepStrictEqual(manifest, ours[nth])
      ? []
      : [`${keyOf(manifest)}:\n${JSON.stringify(manifest)}\nfor the reader:\n${JSON.stringify(ours[nth])}`],
  );
}

function misses(helm: Helm, values: Values, said: string): readonly string[] {
  const { ok, text } = helm.template(values, 'planwire');
  return ok || !text.includes(said) ? [`Helm does not say "${said}": ${ok ? 'it takes it' : text}`] : [];
}

const helm = await findHelm();
if (helm === null) {
  console.error('Neither helm nor go is on the PATH: nothing was compared.');
  process.exit(2);
}
console.log(`Helm ${helm.version}`);
const results = [
  ...renderings.map(([name, values, release]) => [name, differences(helm, values, release)] as const),
  ...refused.map(([name, values, said]) => [`refused: ${name}`, misses(helm, values, said)] as const),
];
for (const [name, wrong] of results)
  console.log([`${wrong.length === 0 ? '✓' : '✗'} ${name}`, ...wrong].join('\n  '));
if (results.some(([, wrong]) => wrong.length > 0)) process.exitCode = 1;
