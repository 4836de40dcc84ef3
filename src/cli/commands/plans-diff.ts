import { InvalidArgumentError, type Command } from 'commander';
import type { PlansDiff } from '../../bulk/plans-diff/plans-diff.ts';
import { planEffects, type PlanEffect } from '../../domain/plan-file/effect.ts';
import { own } from '../../domain/own.ts';
import { formatProblem, loadPlanFile, readPlanFile, type LoadedPlanFile } from '../../plan-file/load.ts';
import { withClient } from '../client/with-client.ts';
import { refuse, type CliIo } from '../io.ts';
import { printJson } from '../print/format.ts';
import { plansDiffMarkdown, plansDiffText } from '../print/plans-diff.ts';
import { drawingStream } from '../print/safe-stream.ts';
import { terminalOf } from '../print/terminal.ts';
import { counted } from '../../domain/words.ts';

interface Options {
  readonly live?: boolean;
  readonly url?: string;
  readonly json?: boolean;
  readonly markdown?: boolean;
  readonly failOn?: readonly PlanEffect[];
}

export function register(program: Command, io: CliIo): void {
  const plans = program.command('plans').description('plan files');
  plans
    .command('diff <new> [old]')
    .description('what another plan file would do to every customer')
    .option(
      '--live',
      'compare with the plan file that runs: at --url, or PLANS_FILE; the default without OLD',
    )
    .option('--url <address>', 'a running Planwire whose plan file is taken (needs ADMIN_TOKEN)')
    .option('--json', 'print one JSON object')
    .option('--markdown', 'print Markdown, for a pull request')
    .option('--fail-on <effects>', 'exit 1 if there is any of lowered, unmapped, raised, metaOnly', effects)
    .addHelpText('after', help)
    .action(async (to: string, from: string | undefined, options: Options) => {
      const { url, live = url !== undefined } = options;
      if (live && from !== undefined) return plans.error('Give either OLD or --live.', { exitCode: 2 });
      if (options.json === true && options.markdown === true)
        return plans.error('Give either --json or --markdown.', { exitCode: 2 });
      if (url === undefined) {
        const before = await readPlanFile(from ?? (io.env['PLANS_FILE'] || 'plans.yaml'));
        return io.setExitCode(await diff(io, before, to, options));
      }
      await withClient(io, { url, json: true }, async (client) => {
        const { text } = await client.planFile();
        return diff(io, loadPlanFile(text, url), to, options);
      });
    });
}

/** As the verb too: what another plan file would do. */
const verbs: Readonly<Record<string, PlanEffect>> = { lower: 'lowered', raise: 'raised' };

function effects(text: string): readonly PlanEffect[] {
  const names = text.split(',').map((name) => own(verbs, name.trim()) ?? name.trim());
  const unknown = names.find((name) => !planEffects.some((effect) => effect === name && effect !== 'same'));
  if (unknown === undefined) return names as readonly PlanEffect[];
  throw new InvalidArgumentError(`${unknown} is none of lowered, unmapped, raised, metaOnly.`);
}

async function diff(io: CliIo, before: LoadedPlanFile, newFile: string, options: Options): Promise<number> {
  const after = await readPlanFile(newFile);
  const problems = [before, after].flatMap((loaded) => (loaded.ok ? [] : loaded.problems.map(formatProblem)));
  if (!before.ok || !after.ok) return refuse(io, problems, 1);
  const { readPlansDiff } = await import('./read-plans-diff.ts');
  const { isTerminal } = terminalOf(io);
  const line = drawingStream(io.stderr);
  const found = await readPlansDiff(io.env, before.planFile, after.planFile, (customers) => {
    if (isTerminal) line.write(`\r${counted(customers, 'customer')} read`);
  });
  if (isTerminal) line.write('\r\u001B[K');
  if (!found.ok) return refuse(io, found.problems, found.exitCode);
  print(io, found.diff, options);
  const fails = (options.failOn ?? []).some((effect) => found.diff[effect] > 0);
  return fails ? 1 : 0;
}

function print(io: CliIo, found: PlansDiff, { json, markdown }: Options): void {
  if (json === true) printJson(io.stdout, found);
  else io.stdout.write(markdown === true ? plansDiffMarkdown(found) : plansDiffText(terminalOf(io), found));
}

const help = `
Reads every subscription of Stripe and decides about each customer under both
files; nothing is written. Without OLD, NEW is compared with PLANS_FILE, or with
the plan file of the running Planwire at --url.

Examples:
  planwire plans diff plans.next.yaml
  planwire plans diff plans.next.yaml plans.yaml --markdown
  planwire plans diff plans.next.yaml --live --url https://planwire.internal
  planwire plans diff plans.next.yaml --fail-on lowered,unmapped
`;
