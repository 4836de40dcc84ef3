import type { Page } from './pages.ts';

/** One command as a shell would start it: its assignments, and its words without quotes and redirections. */
export interface Command {
  readonly assigned: readonly string[];
  readonly words: readonly string[];
  /** In its snippet. */
  readonly place: string;
}

/** What a word may stand behind and still be the name of a command. */
const before = new Set(['do', 'then', 'else', 'until', 'while', 'if', '!', 'exec', 'time']);

/** Every command that the snippets of a page show. */
export function commandsOf(page: Page): readonly Command[] {
  return page.snippets.flatMap(({ language, text, place }) =>
    parse(typed(language, text)).map((words) => commandOf(words, place)),
  );
}

function typed(language: string, text: string): string {
  if (language === 'sh' || language === 'bash') return text;
  if (language !== 'console') return '';
  const lines = text.split('\n').filter((line) => line.startsWith('$ '));
  return lines.map((line) => line.slice(2)).join('\n');
}

function commandOf(given: readonly string[], place: string): Command {
  const words = [...given];
  const assigned: string[] = [];
  while (words[0] !== undefined && (before.has(words[0]) || isAssignment(words[0]))) {
    const [word = ''] = words.splice(0, 1);
    if (isAssignment(word)) assigned.push(nameIn(word));
  }
  if (words[0] === 'export') assigned.push(...words.slice(1).map(nameIn));
  return { assigned, words, place };
}

const isAssignment = (word: string): boolean => /^[A-Za-z_]\w*=/.test(word);
const nameIn = (word: string): string => word.replace(/=.*$/s, '');

const comment = /\s*#[^\n]*/;
const end = /\n|&&|\|\||[;|&]/;
const redirection = /\d?[<>]+&?\s*[^\s;|&]+/;
const space = /\\\n|[^\S\n]+/;
const word = /(?:'[^']*'|"(?:\\.|[^"\\])*"|\\[^\n]|[^\s'"\\;|&<>])+/;

/** So much of a shell's grammar as documents use. */
export function parse(text: string): readonly (readonly string[])[] {
  const source = `${comment.source}|(?<end>${end.source})|${redirection.source}|${space.source}|(?<word>${word.source})`;
  const commands: string[][] = [[]];
  let read = 0;
  for (const { 0: part, groups } of text.matchAll(new RegExp(source, 'gy'))) {
    read += part.length;
    if (groups?.['word'] !== undefined) commands.at(-1)?.push(unquoted(part));
    else if (groups?.['end'] !== undefined) commands.push([]);
  }
  if (read < text.length) throw new Error(`This is no command: ${text.slice(read)}`);
  return commands.filter((words) => words.length > 0);
}

function unquoted(word: string): string {
  return word.replaceAll(/'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/g, (_, single, double, escaped) =>
    String(single ?? (double as string | undefined)?.replaceAll(/\\(.)/g, '$1') ?? escaped),
  );
}
