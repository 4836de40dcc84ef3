import { Argument, type Command } from 'commander';
import type { CliIo } from '../io.ts';

const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

/** Made from the commands themselves, so that none can be forgotten. */
export function register(program: Command, io: CliIo): void {
  program
    .command('completion')
    .description('print what a shell needs to complete commands and options')
    .addArgument(new Argument('<shell>', 'which shell').choices(shells))
    .addHelpText('after', help)
    .action((shell: Shell) => {
      io.stdout.write(shell === 'fish' ? fish(program) : bash(program, shell));
      io.setExitCode(0);
    });
}

interface Place {
  /** The words that lead there: `reconcile apply`. */
  readonly path: string;
  readonly command: Command;
}

function places(command: Command, path: readonly string[] = []): readonly Place[] {
  const below = command.commands.flatMap((each) => places(each, [...path, each.name()]));
  return [{ path: path.join(' '), command }, ...below];
}

function wordsAt({ command }: Place): readonly string[] {
  const commands = command.commands.map((each) => each.name());
  const options = command.options.flatMap(({ long, hidden }) => (long && !hidden ? [long] : []));
  return [...commands, ...options, '--help'];
}

/** zsh runs it through its own reading of bash's completions. */
function bash(program: Command, shell: 'bash' | 'zsh'): string {
  const all = places(program);
  const cases = all.map((place) => `    "${place.path}") words="${wordsAt(place).join(' ')}" ;;`);
  const known = all.map(({ path }) => (path === '' ? '' : `"${path}"`)).filter((path) => path !== '');
  return `${shell === 'zsh' ? 'autoload -U +X bashcompinit && bashcompinit\n' : ''}_planwire() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" path="" words="" next
  local i
  for ((i = 1; i < COMP_CWORD; i++)); do
    next="\${path:+$path }\${COMP_WORDS[i]}"
    case "$next" in
      ${known.join('|')}) path="$next" ;;
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _planwire planwire
`;
}

function fish(program: Command): string {
  const lines = places(program).flatMap(({ path, command }) => {
    const names = path.split(' ').filter((name) => name !== '');
    const here =
      names.length === 0
        ? '__fish_use_subcommand'
        : names.map((name) => `__fish_seen_subcommand_from ${name}`).join('; and ');
    return [
      ...command.commands.map(
        (each) => `complete -c planwire -f -n '${here}' -a ${each.name()} -d ${quoted(each.description())}`,
      ),
      ...command.options.flatMap(({ long, hidden, description }) =>
        long && !hidden
          ? [`complete -c planwire -n '${here}' -l ${long.slice(2)} -d ${quoted(description)}`]
          : [],
      ),
    ];
  });
  return `${lines.join('\n')}\n`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

const help = `
Examples:
  planwire completion bash > ~/.local/share/bash-completion/completions/planwire
  planwire completion zsh >> ~/.zshrc
  planwire completion fish > ~/.config/fish/completions/planwire.fish
`;
