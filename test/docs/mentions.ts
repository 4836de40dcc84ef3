import type { Command, Option } from 'commander';
import { argumentsOf, descend, program } from './command-line.ts';
import type { Page } from './pages.ts';
import { parse } from './shell.ts';

/** What the prose of a page names between backticks. It may leave out whatever it does not speak of. */
export interface Mentions {
  /** The arguments of Planwire's commands; an option that stands by itself is one of the command before it. */
  readonly commands: readonly (readonly string[])[];
  /** Commands of other programs, as they stand there. */
  readonly others: readonly string[];
  /** Options that are none of Planwire's. */
  readonly strangeOptions: readonly string[];
}

export function mentionsOf(page: Page): Mentions {
  const commands: (readonly string[])[] = [];
  const strangeOptions: string[] = [];
  const paths = pathsOf(program);
  /** Of what was spoken, the newest first; whoever has not been named is thought of last. */
  let spoken: readonly (readonly string[])[] = paths;
  for (const span of page.spans) {
    const args = isOption(span) ? ofOption(spoken, span) : argumentsIn(paths, span);
    if (args === null && isOption(span)) strangeOptions.push(span);
    if (args === null) continue;
    if (isOption(span) || !paths.some((path) => span === path.at(-1))) commands.push(args);
    spoken = [args, ...spoken];
  }
  const others = page.spans.filter((span) => isOther(span) && argumentsIn(paths, span) === null);
  return { commands, others, strangeOptions };
}

const isOption = (span: string): boolean => /^--?[a-z]/.test(span);

/** A program that a shell starts, and what it is given; behind assignments. */
const isOther = (span: string): boolean =>
  /^([A-Z]+=\S+ )*(npm|npx|node|bash|docker|fly|git|helm|kubectl|cosign|promtool|curl) \S/.test(span);

/** The ways to every command that does something, as they are typed. */
function pathsOf(command: Command, to: readonly string[] = []): readonly (readonly string[])[] {
  const below = command.commands.flatMap((each) => pathsOf(each, [...to, each.name()]));
  return command.commands.length > 0 && to.length === 0 ? below : [to, ...below];
}

/** `planwire runs`, also without `planwire`, and then by the last of its names alone: `plans diff`, `update-identity`. */
function argumentsIn(paths: readonly (readonly string[])[], span: string): readonly string[] | null {
  // `audit [--json]`: what may be left out is looked at as well.
  const [words = []] = /^[\w'"]/.test(span) ? parseable(span.replaceAll(/[[\]]/g, '')) : [];
  const started = argumentsOf({ words });
  if (started !== null) return started.length === 0 ? null : started;
  const end = words.findIndex((word) => isOption(word) || !/^[a-z-]+$/.test(word));
  const names = end < 0 ? words : words.slice(0, end);
  if (names.length === 0) return null;
  const path = paths.find((each) => each.slice(-names.length).join(' ') === names.join(' '));
  return path === undefined ? null : [...path, ...words.slice(names.length)];
}

/** What is no command may be nothing that a shell could read, either. */
function parseable(span: string): readonly (readonly string[])[] {
  try {
    return parse(span);
  } catch {
    return [];
  }
}

function ofOption(spoken: readonly (readonly string[])[], span: string): readonly string[] | null {
  const [words = []] = parseable(span);
  const names = words.filter(isOption).map((word) => word.replace(/=.*$/s, ''));
  const has = ({ long, short }: Option, name: string): boolean => name === long || name === short;
  for (const args of spoken) {
    const { command, rest } = descend(args);
    if (names.every((name) => command.options.some((option) => has(option, name))))
      return [...args.slice(0, args.length - rest.length), ...words];
  }
  return null;
}
