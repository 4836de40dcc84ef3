import type { Command } from 'commander';
import type { CliIo } from '../io.ts';
import { port } from '../arguments.ts';

/** The demo's modules are heavy: they are loaded when it runs. */
export function register(program: Command, io: CliIo): void {
  program
    .command('demo')
    .description('run the whole pipeline against the sandbox and tell its story')
    .option('--once', 'end after the story; exit 0 only if every step held')
    .option('--port <number>', 'port of the webhook and the admin API while the demo stays up', port, 3000)
    .addHelpText('after', '\nExamples:\n  planwire demo --once\n  planwire demo --port 4000\n')
    .action(async (options: { once?: boolean; port: number }) => {
      const { runDemo } = await import('../demo/run-demo.ts');
      await runDemo(io, { once: options.once === true, port: options.port });
    });
}
