import type { Command, Option } from 'commander';
import type { Command as Shown } from './shell.ts';

/** The arguments of Planwire in a command; null: it starts something else. */
export function argumentsOf({ words }: Pick<Shown, 'words'>): readonly string[] | null {
  const [first = '', second = '', ...rest] = words;
  if (first === 'planwire') return words.slice(1);
  if (first === 'npx') return second === 'planwire' ? rest : null;
  if (first === 'npm' && second === 'run') return ofScript(rest);
  // The image is named planwire, and what follows its name is for Planwire.
  const image = words.lastIndexOf('planwire');
  return first === 'docker' && second === 'run' && image > 0 ? words.slice(image + 1) : null;
}

function ofScript(words: readonly string[]): readonly string[] | null {
  const end = words.indexOf('--');
  const given = end < 0 ? [] : words.slice(end + 1);
  const script = words.find((word) => !word.startsWith('-'));
  if (script === 'planwire') return given;
  return script === 'demo' ? ['demo', ...given] : null;
}

/** What in these arguments the command line does not have; null: nothing. `whole` also looks for what is missing. */
export function misuseOf(program: Command, args: readonly string[], whole: boolean): string | null {
  const { command, rest } = descend(program, args);
  const [next = ''] = rest;
  if (command.commands.length > 0 && /^[a-z]/.test(next) && command.registeredArguments.length === 0)
    return `${pathOf(command)} has no command ${next}`;
  const operands: string[] = [];
  const given = new Set<Option>();
  for (let at = 0; at < rest.length; at += 1) {
    const word = rest[at] ?? '';
    if (word === '…' || word === '--help') continue;
    if (!/^--?[a-z]/.test(word)) {
      operands.push(word);
      continue;
    }
    const [name = '', inside] = word.split('=', 2);
    const option = command.options.find(({ long, short }) => name === long || name === short);
    if (option === undefined) return `${pathOf(command)} has no ${name}`;
    given.add(option);
    const follows = takesNext(option, inside, rest[at + 1]);
    const wrong = wrongValue(option, inside ?? (follows ? rest[at + 1] : undefined), whole);
    if (wrong !== null) return `${pathOf(command)}: ${wrong}`;
    if (follows) at += 1;
  }
  return wrongOperands(command, operands, whole) ?? (whole ? missingOption(command, given) : null);
}

function descend(program: Command, args: readonly string[]) {
  let command = program;
  let depth = 0;
  for (const word of args) {
    const next = command.commands.find((each) => each.name() === word || each.aliases().includes(word));
    if (next === undefined) break;
    command = next;
    depth += 1;
  }
  return { command, rest: args.slice(depth) };
}

function takesNext(option: Option, inside: string | undefined, next: string | undefined): boolean {
  if (inside !== undefined || next === undefined) return false;
  return option.required || (option.optional && !next.startsWith('-'));
}

function wrongValue(option: Option, value: string | undefined, whole: boolean): string | null {
  if (value === undefined) return whole && option.required ? `${option.long} needs a value` : null;
  const { argChoices } = option;
  const isPlaceholder = /^[A-Z]+$/.test(value);
  if (argChoices === undefined || isPlaceholder || argChoices.includes(value)) return null;
  return `${option.long} does not take ${value}`;
}

function wrongOperands(command: Command, operands: readonly string[], whole: boolean): string | null {
  const { registeredArguments } = command;
  const isVariadic = registeredArguments.at(-1)?.variadic === true;
  const isPlaceholder = command.commands.length > 0 && operands.every((word) => /^[A-Z]+$/.test(word));
  if (operands.length > registeredArguments.length && !isVariadic && !isPlaceholder)
    return `${pathOf(command)} takes no ${operands.at(-1)}`;
  const needed = registeredArguments.filter(({ required }) => required).length;
  return whole && operands.length < needed ? `${pathOf(command)} needs more than that` : null;
}

function missingOption(command: Command, given: ReadonlySet<Option>): string | null {
  const missing = command.options.find((option) => option.mandatory && !given.has(option));
  return missing === undefined ? null : `${pathOf(command)} needs ${missing.long}`;
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}
