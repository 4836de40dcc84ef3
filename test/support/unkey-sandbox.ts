import type { IncomingMessage, ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import { listen, readBody } from '../../src/sandbox/http.ts';
import { sandboxRootKey, startUnkeySandbox, type UnkeySandboxOptions } from '../../src/sandbox/unkey.ts';
import { createUnkeyClient, type UnkeyClientOptions } from '../../src/unkey/index.ts';

/** A stand-in Unkey and a client of it, both gone when the test is over. */
export async function unkeyAndClient(
  options: UnkeySandboxOptions = {},
  clientOptions: Partial<UnkeyClientOptions> = {},
) {
  const sandbox = await startUnkeySandbox(options);
  onTestFinished(() => sandbox.close());
  const client = createUnkeyClient({ rootKey: sandboxRootKey, baseUrl: sandbox.url, ...clientOptions });
  return { sandbox, client };
}

/** What a body may hold; whoever reads a part says by that that it is there. */
interface RawBody {
  readonly meta: { readonly requestId: string };
  readonly data: Readonly<Record<string, unknown>>;
  readonly error: {
    readonly status: number;
    readonly title: string;
    readonly detail: string;
    readonly type: string;
    readonly errors: readonly {
      readonly location: string;
      readonly message: string;
      readonly fix?: string;
    }[];
  };
}

function isJson(text: string): boolean {
  return /^\s*[{[]/.test(text);
}

/** The wire itself, for requests that the client would refuse. */
export async function rawCall(
  baseUrl: string,
  operation: string,
  body: unknown,
  headers: Record<string, string> = {},
) {
  const response = await fetch(`${baseUrl}/v2/${operation}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${sandboxRootKey}`,
      accept: 'application/json',
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const json = isJson(text) ? (JSON.parse(text) as RawBody) : undefined;
  return { status: response.status, headers: response.headers, text, json: json as RawBody };
}

/** A server that answers everything in one odd way; gone when the test is over. */
export async function oddServer(answer: (response: ServerResponse, request: IncomingMessage) => void) {
  const server = await listen(async (request, response) => {
    await readBody(request, 10_000_000);
    answer(response, request);
  });
  onTestFinished(() => server.close());
  return server;
}
