import type { Command } from 'commander';
import { parseStoreSettings } from '../../config-some.ts';
import type { CliIo } from '../io.ts';

const failed = 1;
const misconfigured = 3;

/** For those whose processes may not change a database: run it once before they start with `--no-migrate`. */
export function register(program: Command, io: CliIo): void {
  program
    .command('migrate')
    .description('bring the schemas of DATABASE_URL up to date and end')
    .addHelpText('after', help)
    .action(async () => {
      const parsed = parseStoreSettings(io.env);
      if (!parsed.ok) {
        const problems = parsed.problems.map((problem) => `  ${problem}\n`).join('');
        io.stderr.write(`The settings cannot be used:\n${problems}`);
        return io.setExitCode(misconfigured);
      }
      const { databaseUrl, prefix } = parsed.settings;
      if (databaseUrl === null) {
        io.stdout.write(`${nothingToDo}\n`);
        return;
      }
      const { migrateStore } = await import('../../store/sql/open.ts');
      try {
        await migrateStore({ databaseUrl, prefix });
      } catch (error) {
        const reason = error instanceof Error ? error.message || error.name : 'unknown error';
        io.stderr.write(`The database could not be migrated: ${reason}\n`);
        return io.setExitCode(failed);
      }
      io.stdout.write(`The schemas ${prefix} and ${prefix}_queues are up to date.\n`);
    });
}

const nothingToDo =
  'There is nothing to migrate: DATABASE_URL is not set. Redis has no schema, and the embedded store is brought up to date when planwire start opens it.';

const help = `
Reads DATABASE_URL and STORE_PREFIX, no other setting. Safe at any time and any number of times; a process that is
already migrating is waited for. The role needs CREATE on the database; the role of processes that run with
--no-migrate does not.

Examples:
  DATABASE_URL=postgres://owner@db/planwire planwire migrate && planwire worker --no-migrate
`;
