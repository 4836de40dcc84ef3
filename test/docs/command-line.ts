import { Writable } from 'node:stream';
import type { Command, Option } from 'commander';
import { createProgram } from '../../src/cli/program.ts';
import type { Command as Shown } from './shell.ts';

const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });
const io = { stdout: nowhere(), stderr: nowhere(), env: {}, setExitCode: () => undefined };

/** Every command, option and value that there is; nothing of it is run. */
export const program: Command = createProgram(io, '0.0.0');

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
export function misuseOf(args: readonly string[], whole: boolean): string | null {
  const { command, rest } = descend(args);
  const [next = ''] = rest;
  if (command.commands.length > 0 && /^[a-z]/.test(next) && command.registeredArguments.length === 0)
    return `${pathOf(command)} has no command ${next}`;
  const { operands, options } = partsOf(command, rest);
  for (const { option, name, value } of options) {
    if (option === undefined) return `${pathOf(command)} has no ${name}`;
    const wrong = wrongValue(option, value, whole);
    if (wrong !== null) return `${pathOf(command)}: ${wrong}`;
  }
  if (!whole) return wrongOperands(command, operands, whole);
  const [missing] = missingOptions(command, options);
  const needed = missing === undefined ? null : `${pathOf(command)} needs ${missing.long}`;
  return wrongOperands(command, operands, whole) ?? needed;
}

/**
 * The same arguments with all that the command cannot do without: a placeholder, an operand or a value that is left out is
 * what `valueOf` has for its name. Of an option it is asked by the option first.
 */
export function completed(
  args: readonly string[],
  valueOf: (name: string) => string | undefined,
): readonly string[] {
  const { command, rest } = descend(args);
  const { operands, options } = partsOf(command, rest);
  const named = (...names: readonly string[]): string => {
    const found = names.map(valueOf).find((value) => value !== undefined);
    if (found === undefined) throw new Error(`There is no value for ${names.join(' or ')}.`);
    return found;
  };
  const filled = (word: string): string => valueOf(word) ?? word;
  const valueFor = ({ long, flags }: Option): string =>
    `${long}=${named(String(long), /<(.+)>/.exec(flags)?.[1] ?? '')}`;
  return [
    ...args.slice(0, args.length - rest.length),
    ...operands.map(filled),
    ...command.registeredArguments
      .slice(operands.length)
      .filter(({ required }) => required)
      .map((argument) => named(argument.name())),
    ...options.map(({ option, name, value }) => {
      if (value !== undefined) return `${name}=${filled(value)}`;
      return option?.required === true ? valueFor(option) : name;
    }),
    ...missingOptions(command, options).map(valueFor),
  ];
}

interface Given {
  readonly name: string;
  /** undefined: the command has no such option. */
  readonly option: Option | undefined;
  readonly value: string | undefined;
}

function partsOf(command: Command, rest: readonly string[]) {
  const operands: string[] = [];
  const options: Given[] = [];
  for (let at = 0; at < rest.length; at += 1) {
    const word = rest[at] ?? '';
    if (word === '…' || word === '--help') continue;
    if (!/^--?[a-z]/.test(word)) {
      operands.push(word);
      continue;
    }
    const [, name = word, inside] = /^([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    const option = command.options.find(({ long, short }) => name === long || name === short);
    const follows = option !== undefined && takesNext(option, inside, rest[at + 1]);
    options.push({ name, option, value: inside ?? (follows ? rest[at + 1] : undefined) });
    if (follows) at += 1;
  }
  return { operands, options };
}

/** The command that these arguments lead to, and what is left of them. */
export function descend(args: readonly string[]) {
  let command: Command = program;
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

function missingOptions(command: Command, given: readonly Given[]): readonly Option[] {
  return command.options.filter(
    (option) => option.mandatory && !given.some((each) => each.option === option),
  );
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}
