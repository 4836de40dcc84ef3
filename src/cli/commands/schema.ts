import type { Command } from 'commander';
import { planFileJsonSchema } from '../../domain/plan-file/parse.ts';
import { updateIdentityJsonSchema } from '../../unkey/json-schema.ts';
import type { CliIo } from '../io.ts';

export function register(program: Command, io: CliIo): void {
  const schema = program.command('schema').description('print a JSON Schema, for editors and generators');
  const prints = (name: string, description: string, make: () => unknown): void => {
    schema
      .command(name)
      .description(description)
      .option('--json', 'accepted for uniformity: the output is JSON either way')
      .action(() => {
        io.stdout.write(`${JSON.stringify(make(), null, 2)}\n`);
        io.setExitCode(0);
      });
  };
  prints('plans', 'of the plan file', planFileJsonSchema);
  prints('update-identity', "of the body of Unkey's identities.updateIdentity", updateIdentityJsonSchema);
}
