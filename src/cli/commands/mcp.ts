import type { Command } from 'commander';
import { notInstalled } from '../../not-installed.ts';
import { packageVersion } from '../../version.ts';
import type { CliIo } from '../io.ts';
import type { McpOptions } from '../mcp/serve.ts';

export function register(program: Command, io: CliIo): void {
  program
    .command('mcp')
    .description('answer the questions of an assistant over the Model Context Protocol')
    .option('--url <address>', 'a running Planwire to ask (needs ADMIN_TOKEN); default: the store itself')
    .option('--allow-writes', 'also offer sync, replay and release; without it nothing can be changed')
    .addHelpText('after', help)
    .action(async (options: McpOptions) => {
      try {
        const { serveMcp } = await import('../mcp/serve.ts');
        await serveMcp(io, options, packageVersion());
        io.setExitCode(0);
      } catch (error) {
        if (!notInstalled(error)) throw error;
        io.stderr.write(`${install}\n`);
        io.setExitCode(3);
      }
    });
}

const install =
  'The package @modelcontextprotocol/sdk is not installed: npm install @modelcontextprotocol/sdk beside planwire.';

const help = `
Speaks on standard input and output; an assistant starts it. ADMIN_TOKEN may be
the token that only looks. docs/mcp.md has the configuration of common clients.

Example:
  planwire mcp --url https://planwire.example.com
`;
