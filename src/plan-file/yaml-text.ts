import {
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
} from 'yaml';
import type { Document, Node, YAMLError } from 'yaml';
import type { Finding } from '../domain/plan-file/parse.ts';
import type { Path } from '../domain/plan-file/finding.ts';
import type { Place } from './problem.ts';

/** A YAML or JSON text that was read, and where in it each path stands. */
export interface YamlText {
  readonly value: unknown;
  /** What makes the text unreadable or ambiguous; where there is any, the value is not to be used. */
  readonly faults: readonly { readonly place: Place; readonly finding: Finding }[];
  /** The place of a path, or of the nearest part of it that the text has. */
  readonly placeOf: (finding: Pick<Finding, 'path' | 'isAboutName'>) => Place;
}

/** Reads one document of YAML 1.2, of which JSON is a part. */
export function readYaml(text: string): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    stringKeys: false,
    // Anything quieter hides a second document.
    logLevel: 'error',
  });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const faults = [
    ...worthSaying([...document.errors, ...document.warnings]).map((error) => ({
      // How deep the library gets depends on the stack of this Node, so the place would say nothing.
      place: placeAt(isTooDeep(error) ? 0 : error.pos[0]),
      finding: {
        path: [],
        ...(error.code === 'DUPLICATE_KEY' ? twice(document, error, lines) : inWords(error)),
      },
    })),
    ...refusedNodes(document).map(({ offset, ...clause }) => ({
      place: placeAt(offset),
      finding: { path: [], ...clause },
    })),
  ];
  return {
    value: faults.length > 0 ? undefined : (document.toJS() as unknown),
    faults,
    placeOf: ({ path, isAboutName = false }) => placeAt(offsetOf(document, path, isAboutName)),
  };
}

function isTooDeep({ code }: Pick<YAMLError, 'code'>): boolean {
  return code === 'RESOURCE_EXHAUSTION' || code === 'IMPOSSIBLE';
}

interface Clause {
  readonly message: string;
  readonly remedy: string;
}

/** After the first fault of syntax the reader has lost its way, and what it says next misleads. */
function worthSaying(errors: readonly YAMLError[]): readonly YAMLError[] {
  const firstOfSyntax = errors.find(({ code }) => !standsAlone.includes(code));
  return errors.filter((error) => error === firstOfSyntax || standsAlone.includes(error.code));
}

const standsAlone: readonly string[] = ['DUPLICATE_KEY', 'TAG_RESOLVE_FAILED', 'TAB_AS_INDENT'];

function inWords({ code, message }: YAMLError): Clause {
  switch (code) {
    case 'TAB_AS_INDENT':
      return { message: 'a tab is used for indentation', remedy: 'indent with spaces' };
    case 'BAD_INDENT':
      return message.startsWith('Flow')
        ? { message: 'a bracket or brace above is still open here', remedy: 'close it' }
        : {
            message: 'the indentation does not fit',
            remedy: 'give all keys of one mapping the same indentation',
          };
    case 'MULTIPLE_DOCS':
      return { message: 'a second document begins here', remedy: 'keep one document in the file' };
    case 'TAG_RESOLVE_FAILED':
      return { message: 'this tag is not known', remedy: 'remove the word that begins with !' };
    case 'MISSING_CHAR':
      return {
        message: message.includes('quote') ? 'a quote above is still open here' : plain(message),
        remedy: 'close it',
      };
    case 'RESOURCE_EXHAUSTION':
    case 'IMPOSSIBLE':
      return { message: 'the text is nested too deeply', remedy: 'check that it is a plan file' };
    default:
      return { message: `this is not readable as YAML (${plain(message)})`, remedy: 'correct the text here' };
  }
}

/** Names the key, and where it stands for the first time. */
function twice(document: Document, { pos: [second] }: YAMLError, lines: LineCounter): Clause {
  let message = 'this key stands here for the second time';
  visit(document, {
    Map: (_, { items }) => {
      const starts = items.map(({ key }) => (key as Node | null)?.range?.[0]);
      const key = items[starts.indexOf(second)]?.key;
      if (!isScalar(key)) return;
      const first = items.findIndex((item) => isScalar(item.key) && item.key.value === key.value);
      const { line } = lines.linePos(starts[first] ?? 0);
      message = `the key "${String(key.value)}" stands here for the second time, the first is on line ${line}`;
    },
  });
  return { message, remedy: 'keep one of the two' };
}

/** The library's sentence as a clause, without what it quotes of the file, which may be one with secrets. */
function plain(message: string): string {
  const [clause = ''] = message.split(/[:\n]/);
  return (clause.charAt(0).toLowerCase() + clause.slice(1)).replace(/\.$/, '');
}

/** A plan file says everything where it stands: nothing that is defined elsewhere, no key that is no text. */
function refusedNodes(document: Document): readonly (Clause & { readonly offset: number })[] {
  const refused: (Clause & { offset: number })[] = [];
  visit(document, {
    Node: (_, node) => {
      const offset = node.range?.[0] ?? 0;
      if (isAlias(node)) {
        refused.push({ offset, message: 'an alias (*) is not read', remedy: 'write the value out' });
      } else if ('anchor' in node && typeof node.anchor === 'string') {
        refused.push({
          offset,
          message: 'an anchor (&) is not read',
          remedy: 'write the value out where it is used',
        });
      }
    },
    Pair: (_, { key }) => {
      const offset = (key as Node | null)?.range?.[0] ?? 0;
      if (!isScalar(key) || key.value === null) {
        refused.push({
          offset,
          message: 'this key is no text',
          remedy: 'write a text before the colon, and templates in quotes',
        });
      } else if (key.value === '__proto__') {
        refused.push({ offset, message: '"__proto__" cannot be a key', remedy: 'choose another name' });
      }
    },
  });
  return refused;
}

function offsetOf(document: Document, path: Path, isAboutName: boolean): number {
  let node: unknown = document.contents;
  let offset = isCollection(node) ? (node.range?.[0] ?? 0) : 0;
  for (const [index, step] of path.entries()) {
    const isLast = index === path.length - 1;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === step);
      if (!isPair(pair)) return offset;
      const key = (pair.key as Node).range?.[0];
      const value = (pair.value as Node | null)?.range?.[0];
      // A scalar's own place says more than its key's; a mapping's is the line below it.
      const isValue = isLast && !isAboutName && isScalar(pair.value) && pair.value.value !== null;
      offset = (isValue ? value : key) ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof step === 'number') {
      node = node.items[step];
      offset = (node as Node | undefined)?.range?.[0] ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}
