import type { Command } from 'commander';
import { nearest } from '../../domain/plan-file/nearest.ts';
import { helpOn, topics } from '../help/topics.ts';
import type { CliIo } from '../io.ts';

/** In the place of commander's own, which knows commands alone. */
export function register(program: Command, io: CliIo): void {
  program
    .helpCommand(false)
    .addHelpText('after', list)
    .command('help [topic...]')
    .description('say more of a command, a topic or an error code')
    .addHelpText('after', list)
    .action(async (words: readonly string[]) => {
      const command = commandAt(program, words);
      if (command !== null) return command.outputHelp();
      const [word = ''] = words;
      const text = words.length === 1 ? await helpOn(word) : null;
      if (text !== null) return void io.stdout.write(`${text}\n`);
      const known = [...Object.keys(topics), ...program.commands.map((each) => each.name())];
      const meant = nearest(word, known);
      io.stderr.write(
        `There is no command, topic or error code ${words.join(' ')}${meant === null ? '.' : `; is it ${meant}?`} planwire help lists them.\n`,
      );
      io.setExitCode(2);
    });
}

/** null: these words name no command. No words at all name the program. */
function commandAt(program: Command, words: readonly string[]): Command | null {
  let command: Command | undefined = program;
  for (const word of words) command = command?.commands.find((each) => each.name() === word);
  return command ?? null;
}

const list = `
Topics:
${Object.entries(topics)
  .map(([name, { about }]) => `  ${name.padEnd(17)}${about}`)
  .join('\n')}
  CODE             what an error code means, such as unmapped_item

Examples:
  planwire help stores
  planwire help unmapped_item
  planwire help reconcile apply
`;
