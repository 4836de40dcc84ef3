import { functions, isTrue, type Scope, type Value } from './template-functions.ts';

/**
 * The part of Go's text/template that the chart's templates use, for machines without Helm: if, else if, else, range,
 * define, include, pipelines. Whatever it does not know is an error, never passed over.
 */

type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'print'; readonly pipeline: string }
  | { readonly kind: 'if'; readonly branches: readonly Branch[] }
  | { readonly kind: 'range'; readonly header: string; readonly body: readonly Node[] };
interface Branch {
  /** null: else. */
  readonly condition: string | null;
  readonly body: readonly Node[];
}
type Piece = { readonly text: string } | { readonly action: string };

export type Definitions = Map<string, readonly Node[]>;

function pieces(source: string): Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (const match of source.matchAll(/\{\{(-?)\s*(\/\*[\s\S]*?\*\/|[\s\S]*?)\s*(-?)\}\}/g)) {
    const [whole, trimBefore, action = '', trimAfter] = match;
    const before = source.slice(from, match.index);
    found.push({ text: trimBefore === '-' ? before.trimEnd() : before });
    if (!action.startsWith('/*')) found.push({ action });
    from = match.index + whole.length;
    if (trimAfter === '-') from += source.slice(from).length - source.slice(from).trimStart().length;
  }
  return [...found, { text: source.slice(from) }];
}

/** Reads up to the action that ends the block, which it returns. */
function block(queue: Piece[], definitions: Definitions): { body: Node[]; ended: string } {
  const body: Node[] = [];
  for (let piece = queue.shift(); piece !== undefined; piece = queue.shift()) {
    if ('text' in piece) {
      body.push({ kind: 'text', text: piece.text });
      continue;
    }
    const [, word, rest = ''] = /^(\S+)\s*([\s\S]*)$/.exec(piece.action) ?? [];
    if (word === 'end' || word === 'else') return { body, ended: piece.action };
    if (word === 'if') body.push({ kind: 'if', branches: branches(rest, queue, definitions) });
    else if (word === 'range')
      body.push({ kind: 'range', header: rest, body: block(queue, definitions).body });
    else if (word === 'define') definitions.set(JSON.parse(rest) as string, block(queue, definitions).body);
    else if (word === 'with' || word === 'template' || word === 'block' || piece.action.includes(':='))
      throw new Error(`not known here: ${piece.action}`);
    else body.push({ kind: 'print', pipeline: piece.action });
  }
  return { body, ended: 'end of file' };
}

function branches(condition: string, queue: Piece[], definitions: Definitions): Branch[] {
  const { body, ended } = block(queue, definitions);
  const first = { condition, body };
  if (ended === 'end') return [first];
  if (ended === 'else') return [first, { condition: null, body: block(queue, definitions).body }];
  const [, next] = /^else if\s+([\s\S]+)$/.exec(ended) ?? [];
  if (next === undefined) throw new Error(`no end of: if ${condition}`);
  return [first, ...branches(next, queue, definitions)];
}

export function parseTemplate(source: string, definitions: Definitions): readonly Node[] {
  const { body, ended } = block(pieces(source), definitions);
  if (ended !== 'end of file') throw new Error(`nothing to end: ${ended}`);
  return body;
}

export function execute(nodes: readonly Node[], scope: Scope): string {
  return nodes.map((node) => executeOne(node, scope)).join('');
}

function executeOne(node: Node, scope: Scope): string {
  switch (node.kind) {
    case 'text':
      return node.text;
    case 'print':
      return print(evaluate(node.pipeline, scope), node.pipeline);
    case 'if': {
      const taken = node.branches.find(
        ({ condition }) => condition === null || isTrue(evaluate(condition, scope)),
      );
      return taken === undefined ? '' : execute(taken.body, scope);
    }
    case 'range': {
      const [, names = '', list = ''] = /^(?:(.+?)\s*:=\s*)?([\s\S]+)$/.exec(node.header) ?? [];
      const variables = names.split(',').map((name) => name.trim());
      return entries(evaluate(list, scope))
        .map(([key, value]) => execute(node.body, inner(scope, variables, key, value)))
        .join('');
    }
  }
}

function inner(scope: Scope, names: readonly string[], key: Value, value: Value): Scope {
  const [first = '', second] = names;
  const own: [string, Value][] =
    second === undefined
      ? [[first, value]]
      : [
          [first, key],
          [second, value],
        ];
  return { ...scope, dot: value, variables: new Map([...scope.variables, ...own]) };
}

function entries(value: Value): readonly (readonly [Value, Value])[] {
  if (Array.isArray(value)) return value.map((each, index) => [index, each as Value] as const);
  const map = (value ?? {}) as Readonly<Record<string, Value>>;
  return Object.keys(map)
    .sort()
    .map((key) => [key, map[key]] as const);
}

function print(value: Value, pipeline: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Error(`no text: {{ ${pipeline} }}`);
}

const token = /\s*("(?:[^"\\]|\\.)*"|[()|]|\$?(?:\.?[\w]+)(?:\.\w+)*|\$|\.)/y;

function tokens(pipeline: string): string[] {
  const found: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < pipeline.length) {
    const match = token.exec(pipeline);
    if (match === null) throw new Error(`cannot be read: {{ ${pipeline} }}`);
    found.push(match[1] ?? '');
  }
  return found;
}

function evaluate(pipeline: string, scope: Scope): Value {
  const queue = tokens(pipeline);
  const value = piped(queue, scope);
  if (queue.length > 0) throw new Error(`${queue[0]} too much: {{ ${pipeline} }}`);
  return value;
}

function piped(queue: string[], scope: Scope): Value {
  let value = command(queue, scope, []);
  while (queue[0] === '|') {
    queue.shift();
    value = command(queue, scope, [value]);
  }
  return value;
}

function command(queue: string[], scope: Scope, last: readonly Value[]): Value {
  const head = queue.shift();
  if (head === undefined) throw new Error('an empty command');
  const args: Value[] = [];
  if (!/^[a-z]\w*$/i.test(head) || head === 'true' || head === 'false') {
    const value = operand(head, queue, scope);
    if (last.length > 0) throw new Error(`no function: ${head}`);
    return value;
  }
  while (queue.length > 0 && queue[0] !== '|' && queue[0] !== ')') {
    args.push(operand(queue.shift() ?? '', queue, scope));
  }
  const known = functions[head];
  if (known === undefined) throw new Error(`no such function here: ${head}`);
  return known([...args, ...last], scope);
}

function operand(text: string, queue: string[], scope: Scope): Value {
  if (text === '(') {
    const value = piped(queue, scope);
    if (queue.shift() !== ')') throw new Error('a parenthesis is not closed');
    return value;
  }
  if (text.startsWith('"')) return JSON.parse(text) as string;
  if (/^\d+$/.test(text)) return Number(text);
  if (text === 'true' || text === 'false') return text === 'true';
  const [root = '', ...path] = text.split('.');
  const start = root === '' ? scope.dot : root === '$' ? scope.root : variable(root, scope);
  return path.filter((name) => name !== '').reduce((value, name) => field(value, name, text), start);
}

function variable(name: string, scope: Scope): Value {
  if (!scope.variables.has(name)) throw new Error(`no such variable: ${name}`);
  return scope.variables.get(name);
}

/** A name that nothing has is empty to Helm; here it is the mistake that it nearly always is, but for free maps. */
function field(value: Value, name: string, path: string): Value {
  const map = value as Readonly<Record<string, Value>> | null | undefined;
  if (map === null || map === undefined || typeof map !== 'object') throw new Error(`nothing at ${path}`);
  if (!(name in map) && !path.startsWith('.Values.settings.')) throw new Error(`nothing at ${path}`);
  return map[name];
}
