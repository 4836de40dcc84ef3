import type { Command } from 'commander';
import type { Check } from '../../queries/doctor/check.ts';
import type { CliIo } from '../io.ts';
import { printJson, wrap } from '../print/format.ts';
import { printable } from '../print/printable.ts';
import { terminalOf, type Terminal } from '../print/terminal.ts';
import { counted } from '../../domain/words.ts';

export function register(program: Command, io: CliIo): void {
  program
    .command('doctor')
    .description('look at everything that has to be right: keys, permissions, webhooks, plan file, store')
    .option('--json', 'print one JSON object')
    .addHelpText('after', help)
    .action(async ({ json }: { readonly json?: boolean }) => {
      const { examine } = await import('../../app/doctor/examine.ts');
      const checks = printable(await examine(io.env));
      if (json === true) printJson(io.stdout, { checks });
      else io.stdout.write(report(terminalOf(io), checks));
      io.setExitCode(checks.some(({ status }) => status === 'fail') ? 1 : 0);
    });
}

const areas = [
  ['stripe', 'Stripe'],
  ['unkey', 'Unkey'],
  ['planwire', 'Planwire'],
] as const;

function report(terminal: Terminal, checks: readonly Check[]): string {
  const parts = areas.flatMap(([area, name]) => {
    const own = checks.filter((check) => check.area === area);
    if (own.length === 0) return [];
    return [`${terminal.colors.bold(name)}\n${own.map((check) => line(terminal, check)).join('')}`];
  });
  const wrong = checks.filter(({ status }) => status === 'fail').length;
  const doubtful = checks.filter(({ status }) => status === 'warn').length;
  const sum = `${counted(checks.length, 'check')}: ${wrong} wrong, ${doubtful} to look at.`;
  return `${parts.join('\n')}\n${sum}\n`;
}

function line(terminal: Terminal, { status, detail, remedy }: Check): string {
  const { colors } = terminal;
  const sign = { ok: colors.green('✓'), warn: colors.yellow('!'), fail: colors.red('✗') }[status];
  const todo = remedy === null ? '' : `${wrap(remedy, terminal, '    ', '    ')}\n`;
  return `${wrap(detail, terminal, `${sign} `, '  ')}\n${todo}`;
}

const help = `
Takes the settings that planwire start takes, needs no running Planwire and
changes nothing: each permission is tried by a call that reads, or that is
about an identity which does not exist. ✓ right, ! to look at, ✗ wrong, each
with its remedy. Exits 1 when something is wrong.

Examples:
  planwire doctor
  planwire doctor --json
`;
