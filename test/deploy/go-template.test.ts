import { expect, it } from 'vitest';
import { execute, parseTemplate, type Definitions } from './support/go-template.ts';

function rendered(source: string, dot: unknown): string {
  const definitions: Definitions = new Map();
  const nodes = parseTemplate(source, definitions);
  const scope = (own: unknown) => ({ dot: own, root: own, variables: new Map<string, unknown>(), include });
  const include = (name: string, own: unknown): string => execute(definitions.get(name) ?? [], scope(own));
  return execute(nodes, scope(dot));
}

// What the standard library's text/template of Go 1.26 and Sprig 3.2 make of the same.
it.each([
  ['a {{- .x -}} b', { x: 1 }, 'a1b'],
  ['{{/* said */}}{{ .a.b | quote }}', { a: { b: 'x"y' } }, '"x\\"y"'],
  ['{{ if .a }}1{{ else if not .b }}2{{ else }}3{{ end }}', { a: '', b: [] }, '2'],
  ['{{ if .a }}1{{ else }}2{{ end }}', { a: {} }, '2'],
  ['{{ range .list }}[{{ . }}{{ $.x }}]{{ end }}', { list: ['a', 'b'], x: '!' }, '[a!][b!]'],
  ['{{ range $k, $v := .map }}{{ $k }}={{ $v }};{{ end }}', { map: { b: 2, a: 1 } }, 'a=1;b=2;'],
  ['{{ define "t" }}<{{ .x }}>{{ end }}{{ include "t" . | nindent 2 }}', { x: 1 }, '\n  <1>'],
  ['{{ printf "%s-%s" .x (default "d" .y) | trunc 3 | trimSuffix "-" }}', { x: 'ab', y: '' }, 'ab'],
  ['{{ toYaml .map | nindent 2 }}', { map: { b: [1], a: 'x' } }, '\n  a: x\n  b:\n  - 1'],
])('renders %s', (source, dot, text) => expect(rendered(source, dot)).toBe(text));

it.each([
  ['{{ .missing }}', 'nothing at .missing'],
  ['{{ upper .x }}', 'no such function here: upper'],
  ['{{ with .x }}{{ end }}', 'not known here: with .x'],
  ['{{ $y := .x }}', 'not known here: $y := .x'],
  ['{{ if .x }}', 'no end of: if .x'],
  ['{{ end }}', 'nothing to end: end'],
])('refuses %s instead of passing it over', (source, message) => {
  expect(() => rendered(source, { x: 'x' })).toThrow(message);
});
