import type { Command } from 'commander';
import type { CliIo } from '../io.ts';

/** Modules of a running service are loaded only by the commands that run one: the others answer at once. */
export function register(program: Command, io: CliIo): void {
  const run = (http: boolean, workers: boolean) => async (options: { migrate: boolean }) => {
    const { serve } = await import('./serve.ts');
    await serve(io, { http, workers }, options);
  };
  const define = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .option('--no-migrate', 'leave the schemas of DATABASE_URL as they are; planwire migrate updates them');
  define('start', 'run everything in one process').action(run(true, true));
  define('server', 'run the HTTP side only (needs REDIS_URL or DATABASE_URL)').action(run(true, false));
  define('worker', 'run the workers only (needs REDIS_URL or DATABASE_URL)').action(run(false, true));
}
