import { Readable } from 'node:stream';
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { connect } from '../client/connect.ts';
import type { CliIo } from '../io.ts';
import { drawingStream } from '../print/safe-stream.ts';
import { printable } from '../print/printable.ts';
import { sentenceOf } from '../client/with-client.ts';
import { tools, type Tool } from './tools.ts';

export interface McpOptions {
  readonly url?: string;
  readonly allowWrites?: boolean;
}

/** Whoever reads it pays by the word. */
const mostCharacters = 100_000;

const instructions =
  'Planwire keeps Unkey identities (metadata and rate limits of API customers) in step with Stripe subscriptions. ' +
  'Ask `explain` why a customer has its limits, `problems` what broke, `outcomes` what was done.';

/** Speaks the Model Context Protocol on standard input and output until the other side hangs up. */
export async function serveMcp(io: CliIo, options: McpOptions, version: string): Promise<void> {
  const { McpServer: Server } = await import('@modelcontextprotocol/sdk/server/mcp.js');
  const { StdioServerTransport } = await import('@modelcontextprotocol/sdk/server/stdio.js');
  const server = new Server({ name: 'planwire', version }, { instructions });
  for (const tool of tools)
    if (!tool.writes || options.allowWrites === true) offer(server, tool, io, options);
  const input = io.stdin instanceof Readable ? io.stdin : Readable.from([]);
  // The protocol escapes what a terminal would obey; the gate for terminals would change its texts.
  const output = drawingStream(io.stdout) as ConstructorParameters<typeof StdioServerTransport>[1];
  const hungUp = new Promise((resolve) => {
    input.once('close', resolve).once('end', resolve);
    io.signal?.addEventListener('abort', resolve, { once: true });
  });
  await server.connect(new StdioServerTransport(input, output));
  await hungUp;
  await server.close();
}

function offer(server: McpServer, tool: Tool, io: CliIo, options: McpOptions): void {
  const { name, title, description, input, writes } = tool;
  const annotations = {
    title,
    readOnlyHint: !writes,
    destructiveHint: name === 'release',
    idempotentHint: true,
    openWorldHint: true,
  };
  server.registerTool(name, { title, description, inputSchema: input, annotations }, (given) =>
    answerOf(tool, given as never, io, options),
  );
}

/** A store of its own for each question: an embedded one is free for others between two. */
async function answerOf(
  tool: Tool,
  input: never,
  { env }: CliIo,
  { url }: McpOptions,
): Promise<CallToolResult> {
  let client: Awaited<ReturnType<typeof connect>> | null = null;
  try {
    client = await connect(env, url ?? null, tool.need);
    const found = await tool.ask(client, input);
    if (found === null || found === undefined) return text('Nothing is known under that id.', true);
    const answer = JSON.stringify(printable(found));
    return answer.length > mostCharacters
      ? text(`That is ${answer.length} characters; ask for fewer with limit, or for one customer.`, true)
      : text(client.remark === null ? answer : `${client.remark}\n${answer}`);
  } catch (error) {
    return text(printable(sentenceOf(error)), true);
  } finally {
    await client?.close();
  }
}

function text(words: string, isError = false): CallToolResult {
  return { content: [{ type: 'text', text: words }], ...(isError ? { isError } : {}) };
}
