import type { Command } from 'commander';
import type { CliIo } from './io.ts';

/** Modules of a running service are loaded only by the commands that run one: the others answer at once. */
export function register(program: Command, io: CliIo): void {
  const run = (http: boolean, workers: boolean) => async (): Promise<void> => {
    const { serve } = await import('./serve.ts');
    await serve(io, { http, workers });
  };
  program.command('start').description('run everything in one process').action(run(true, true));
  program
    .command('server')
    .description('run the HTTP side only (needs REDIS_URL or DATABASE_URL)')
    .action(run(true, false));
  program
    .command('worker')
    .description('run the workers only (needs REDIS_URL or DATABASE_URL)')
    .action(run(false, true));
}
